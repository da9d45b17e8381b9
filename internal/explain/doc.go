// Package explain says why a metric moved between two periods. The change is
// split along the metric's formula (Shapley values, exact) and along
// dimensions (parts per member; ratios into mix and rate), parts add up to the
// change, and what matters most and is unusual against history comes first.
package explain
