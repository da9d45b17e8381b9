WITH l AS (
  SELECT product_id, sum(amount) AS revenue
  FROM {order_lines}
  WHERE ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
  GROUP BY product_id
), r AS (
  SELECT product_id, sum(amount) AS returned
  FROM {returns}
  WHERE returned_at >= TIMESTAMP '2024-12-31 16:00:00' AND returned_at < TIMESTAMP '2025-12-31 16:00:00'
  GROUP BY product_id
), f AS (
  SELECT product_id, revenue, NULL AS returned FROM l
  UNION ALL
  SELECT product_id, NULL, returned FROM r
)
SELECT CASE WHEN grouping(k.name) = 1 THEN 'total' ELSE 'row' END AS part, k.name, sum(f.revenue), sum(f.returned),
       sum(f.returned)::DOUBLE / nullif(sum(f.revenue), 0)::DOUBLE
FROM f
LEFT JOIN {products} p ON p.product_id = f.product_id
LEFT JOIN {categories} k ON k.category_id = p.category_id
GROUP BY GROUPING SETS ((k.name), ())
