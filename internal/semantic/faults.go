package semantic

import (
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// UnknownDataset is the fault for a name that no dataset has.
func UnknownDataset(name string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_dataset", text.Text{
		EN: "there is no dataset named {name}", ZH: "没有名为 {name} 的数据集"}, "name", name)
}

// UnknownMetric is the fault for a name that no metric has.
func UnknownMetric(name string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_metric", text.Text{
		EN: "there is no metric named {name}", ZH: "没有名为 {name} 的指标"}, "name", name)
}

// UnknownConnection is the fault for a name that no connection has.
func UnknownConnection(name string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_connection", text.Text{
		EN: "there is no connection {name}", ZH: "没有名为 {name} 的连接"}, "name", name)
}
