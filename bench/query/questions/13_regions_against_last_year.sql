WITH f AS (
  SELECT c.region,
         sum(l.amount) FILTER (WHERE l.ordered_at >= TIMESTAMP '2025-09-30 16:00:00') AS now,
         sum(l.amount) FILTER (WHERE l.ordered_at < TIMESTAMP '2025-09-30 16:00:00') AS before
  FROM {order_lines} l
  LEFT JOIN {stores} s ON s.store_id = l.store_id
  LEFT JOIN {cities} c ON c.city_id = s.city_id
  WHERE (l.ordered_at >= TIMESTAMP '2025-09-30 16:00:00' AND l.ordered_at < TIMESTAMP '2025-12-31 16:00:00')
     OR (l.ordered_at >= TIMESTAMP '2024-09-30 16:00:00' AND l.ordered_at < TIMESTAMP '2024-12-31 16:00:00')
  GROUP BY c.region
)
SELECT region, now, before, now - before, CASE WHEN before > 0 THEN (now - before)::DOUBLE / before::DOUBLE END
FROM f
ORDER BY now DESC
