SELECT k.name, sum(l.discount)::DOUBLE / nullif(sum(l.amount + l.discount), 0)::DOUBLE AS rate, sum(l.amount) AS revenue
FROM {order_lines} l
LEFT JOIN {products} p ON p.product_id = l.product_id
LEFT JOIN {categories} k ON k.category_id = p.category_id
GROUP BY k.name
HAVING sum(l.amount) > 15000000
ORDER BY rate DESC
