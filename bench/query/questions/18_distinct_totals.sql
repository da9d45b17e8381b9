SELECT CASE WHEN grouping(channel) = 1 THEN 'total' ELSE 'row' END AS part, channel,
       count(DISTINCT customer_id), sum(amount)::DOUBLE / nullif(count(DISTINCT order_id), 0)
FROM {order_lines}
WHERE ordered_at >= TIMESTAMP '2025-06-30 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
GROUP BY GROUPING SETS ((channel), ())
