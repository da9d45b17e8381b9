SELECT sum(amount), sum(quantity), count(*)
FROM {order_lines}
WHERE ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
