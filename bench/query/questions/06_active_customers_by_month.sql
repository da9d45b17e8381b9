SELECT date_trunc('month', ordered_at + INTERVAL 8 HOUR)::DATE AS month,
       count(DISTINCT customer_id), count(DISTINCT order_id)
FROM {order_lines}
WHERE ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
GROUP BY month
ORDER BY month
