SELECT u.level,
       sum(l.amount) FILTER (WHERE l.channel = 'app')::DOUBLE / nullif(sum(l.amount), 0)::DOUBLE,
       sum(l.amount) AS revenue
FROM {order_lines} l
LEFT JOIN {customers} u ON u.customer_id = l.customer_id
WHERE l.ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND l.ordered_at < TIMESTAMP '2025-12-31 16:00:00'
GROUP BY u.level
ORDER BY revenue DESC
