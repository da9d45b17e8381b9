WITH f AS (
  SELECT p.name, sum(l.amount) AS revenue, sum(l.quantity) AS units
  FROM {order_lines} l
  LEFT JOIN {products} p ON p.product_id = l.product_id
  WHERE l.ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND l.ordered_at < TIMESTAMP '2025-12-31 16:00:00'
  GROUP BY p.name
), r AS (
  SELECT *, row_number() OVER (ORDER BY revenue DESC NULLS LAST, name) AS n FROM f
)
SELECT 'row' AS part, name, revenue, units FROM r WHERE n <= 10
UNION ALL
SELECT 'others', NULL, sum(revenue), sum(units) FROM r WHERE n > 10
