WITH o AS (
  SELECT c.name, date_trunc('month', l.ordered_at + INTERVAL 8 HOUR)::DATE AS month, count(DISTINCT l.order_id) AS orders
  FROM {order_lines} l
  LEFT JOIN {stores} s ON s.store_id = l.store_id
  LEFT JOIN {cities} c ON c.city_id = s.city_id
  WHERE l.ordered_at >= TIMESTAMP '2025-06-30 16:00:00' AND l.ordered_at < TIMESTAMP '2025-12-31 16:00:00'
  GROUP BY ALL
), v AS (
  SELECT c.name, date_trunc('month', v.visited_on)::DATE AS month, sum(v.visits) AS visits
  FROM {visits} v
  LEFT JOIN {stores} s ON s.store_id = v.store_id
  LEFT JOIN {cities} c ON c.city_id = s.city_id
  WHERE v.visited_on >= DATE '2025-07-01' AND v.visited_on < DATE '2026-01-01'
  GROUP BY ALL
)
SELECT coalesce(o.name, v.name) AS name, coalesce(o.month, v.month) AS month,
       coalesce(o.orders, 0) AS orders, v.visits, coalesce(o.orders, 0)::DOUBLE / nullif(v.visits, 0)
FROM o FULL JOIN v ON o.name IS NOT DISTINCT FROM v.name AND o.month = v.month
ORDER BY month, orders DESC
