// Package tree draws the metric tree: the North Star on top, below it the
// metrics its formula is made of and those that are declared to influence it,
// beside it the guardrails. It evaluates the tree for a period and gives the
// verdict healthy, watch or unhealthy with the evidence.
package tree
