SELECT date_trunc('week', l.ordered_at + INTERVAL 8 HOUR)::DATE AS week,
       sum(l.amount) FILTER (WHERE l.channel = 'web'),
       sum(l.amount) FILTER (WHERE l.channel = 'app'),
       sum(l.amount) FILTER (WHERE u.level = 'gold'),
       count(DISTINCT l.order_id) FILTER (WHERE l.amount >= 100)
FROM {order_lines} l
LEFT JOIN {customers} u ON u.customer_id = l.customer_id
WHERE l.ordered_at >= TIMESTAMP '2025-01-05 16:00:00' AND l.ordered_at < TIMESTAMP '2025-12-28 16:00:00'
GROUP BY week
ORDER BY week
