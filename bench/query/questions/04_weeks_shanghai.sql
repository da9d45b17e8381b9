SELECT date_trunc('week', ordered_at + INTERVAL 8 HOUR)::DATE AS week, sum(amount)
FROM {order_lines}
GROUP BY week
ORDER BY week
