// Package shopdata writes the data that the benchmarks run on: order lines of
// a shop chain by the million, with stores, cities, products, categories,
// customers, visits and returns. The same options give the same bytes, on any
// number of processors.
package shopdata
