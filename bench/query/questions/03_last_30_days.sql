SELECT (ordered_at + INTERVAL 8 HOUR)::DATE AS day, sum(amount), count(*)
FROM {order_lines}
WHERE ordered_at >= TIMESTAMP '2025-12-01 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
GROUP BY day
ORDER BY day
