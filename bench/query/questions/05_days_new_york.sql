SELECT (ordered_at - CASE
          WHEN ordered_at < TIMESTAMP '2024-03-10 07:00:00' THEN INTERVAL 5 HOUR
          WHEN ordered_at < TIMESTAMP '2024-11-03 06:00:00' THEN INTERVAL 4 HOUR
          WHEN ordered_at < TIMESTAMP '2025-03-09 07:00:00' THEN INTERVAL 5 HOUR
          WHEN ordered_at < TIMESTAMP '2025-11-02 06:00:00' THEN INTERVAL 4 HOUR
          ELSE INTERVAL 5 HOUR END)::DATE AS day,
       sum(amount), count(*)
FROM {order_lines}
WHERE ordered_at >= TIMESTAMP '2024-02-01 05:00:00' AND ordered_at < TIMESTAMP '2025-12-01 05:00:00'
GROUP BY day
ORDER BY day
