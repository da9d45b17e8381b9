// Package query answers the one question object behind every door: metrics,
// by which dimensions, over which time, under which filters, compared with
// what. Request → resolve → plan → passes → SQL → rows → Result.
//
// Each fact is aggregated to the query's keys first and only then combined
// with the others (UNION ALL and GROUP BY), so joins can neither fan out nor
// fall into the chasm trap. The list of passes stands once, in passes.go; each
// pass is a pure function over the plan.
package query
