WITH f AS (
  SELECT channel,
         sum(amount) FILTER (WHERE ordered_at >= TIMESTAMP '2025-11-02 16:00:00') AS r1,
         sum(amount) FILTER (WHERE ordered_at < TIMESTAMP '2025-11-02 16:00:00') AS r0,
         count(DISTINCT order_id) FILTER (WHERE ordered_at >= TIMESTAMP '2025-11-02 16:00:00') AS o1,
         count(DISTINCT order_id) FILTER (WHERE ordered_at < TIMESTAMP '2025-11-02 16:00:00') AS o0
  FROM {order_lines}
  WHERE ordered_at >= TIMESTAMP '2025-10-05 16:00:00' AND ordered_at < TIMESTAMP '2025-11-30 16:00:00'
  GROUP BY channel
)
SELECT channel,
       r1, o1,
       r0, r1 - r0, CASE WHEN r0 > 0 THEN (r1 - r0)::DOUBLE / r0::DOUBLE END,
       o0, o1 - o0, CASE WHEN o0 > 0 THEN (o1 - o0)::DOUBLE / o0 END
FROM f
ORDER BY r1 DESC
