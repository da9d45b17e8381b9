SELECT channel, sum(amount), sum(quantity)
FROM {order_lines}
GROUP BY channel
ORDER BY channel
