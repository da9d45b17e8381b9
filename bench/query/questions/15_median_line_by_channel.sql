SELECT channel, quantile_cont(amount::DOUBLE, 0.5), quantile_cont(amount::DOUBLE, 0.9)
FROM {order_lines}
WHERE ordered_at >= TIMESTAMP '2025-06-30 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
GROUP BY channel
ORDER BY 2 DESC
