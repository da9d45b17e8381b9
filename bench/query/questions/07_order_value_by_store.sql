WITH f AS (
  SELECT store_id, count(DISTINCT order_id) AS orders, sum(amount) AS revenue
  FROM {order_lines}
  WHERE ordered_at >= TIMESTAMP '2025-09-30 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
  GROUP BY store_id
)
SELECT s.name, f.orders, f.revenue, f.revenue::DOUBLE / nullif(f.orders, 0)
FROM f LEFT JOIN {stores} s USING (store_id)
ORDER BY f.revenue DESC
