WITH f AS (
  SELECT store_id, channel, sum(amount) AS revenue, count(*) AS lines
  FROM {order_lines}
  WHERE ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND ordered_at < TIMESTAMP '2025-12-31 16:00:00'
  GROUP BY store_id, channel
)
SELECT s.name, f.channel, f.revenue, f.lines, f.revenue::DOUBLE / nullif(f.lines, 0) AS line_value
FROM f LEFT JOIN {stores} s USING (store_id)
WHERE f.revenue > 900000 AND f.revenue::DOUBLE / nullif(f.lines, 0) > 40
ORDER BY f.revenue DESC
LIMIT 50
