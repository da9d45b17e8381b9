SELECT c.region, date_trunc('month', l.ordered_at + INTERVAL 8 HOUR)::DATE AS month, sum(l.amount), sum(l.quantity)
FROM {order_lines} l
LEFT JOIN {stores} s ON s.store_id = l.store_id
LEFT JOIN {cities} c ON c.city_id = s.city_id
GROUP BY c.region, month
ORDER BY month, 3 DESC
