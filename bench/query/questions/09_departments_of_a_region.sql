SELECT k.department, sum(l.amount), sum(l.amount + l.discount)
FROM {order_lines} l
JOIN {stores} s ON s.store_id = l.store_id
JOIN {cities} c ON c.city_id = s.city_id AND c.region = 'East'
LEFT JOIN {products} p ON p.product_id = l.product_id
LEFT JOIN {categories} k ON k.category_id = p.category_id
WHERE l.ordered_at >= TIMESTAMP '2024-12-31 16:00:00' AND l.ordered_at < TIMESTAMP '2025-12-31 16:00:00'
GROUP BY k.department
ORDER BY 2 DESC
