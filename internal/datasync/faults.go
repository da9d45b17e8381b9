package datasync

import (
	"strings"

	"lodestar/internal/catalog"
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

var errCanceled = fault.New(fault.Canceled, "sync_canceled", text.Text{
	EN: "the sync was cancelled; what it had stored by then stays, the rest is read next time",
	ZH: "同步已取消；此前已存入的数据保留，其余部分下次继续读取"})

var errCrashes = fault.New(fault.Conflict, "sync_crashes", text.Text{
	EN: "the program ended again and again during this sync, perhaps for want of memory; look at the log before trying again",
	ZH: "程序在这次同步中反复退出（可能是内存不足）；请查看日志后再试"})

func errNotSynced(name string) *fault.Error {
	return fault.New(fault.Invalid, "not_synced", text.Text{
		EN: "{name} is not synced: its source has no sync; add connection, table and sync to its definition",
		ZH: "{name} 没有配置同步；请在定义的 source 中写明 connection、table 和 sync"}, "name", name)
}

func errRuns(name string) *fault.Error {
	return fault.New(fault.Conflict, "sync_runs", text.Text{
		EN: "a sync of {name} is under way already; wait for its end, or cancel it", ZH: "{name} 的同步正在进行；请等待结束，或先取消"}, "name", name)
}

func errRange(value string) *fault.Error {
	return fault.New(fault.Invalid, "bad_range", text.Text{
		EN: "{value} is no value of the cursor; write a date such as 2026-01-31, a time such as 2026-01-31 08:00, or a whole number, as the cursor is",
		ZH: "{value} 不是游标列的取值；请按游标的类型写日期（2026-01-31）、时间（2026-01-31 08:00）或整数"}, "value", value)
}

var errNoRange = fault.New(fault.Invalid, "no_range", text.Text{
	EN: "a range can be read again only when the dataset is synced by a cursor; leave out from and to, or ask for everything with full",
	ZH: "只有按游标同步的数据集才能补录一个范围；请去掉 from 和 to，或用 full 重新读取全部"})

var errRangeAndFull = fault.New(fault.Invalid, "range_and_full", text.Text{
	EN: "from and to read a range, full reads everything: say one of them", ZH: "from/to 读取一个范围，full 读取全部，请只选其一"})

func errOnce(table, dataset string) *fault.Error {
	return fault.New(fault.Invalid, "given_once", text.Text{
		EN: "{table} gives each message once, so that the rows of {dataset} could not be read again; sync it without full, which takes what is new",
		ZH: "{table} 的每条消息只发送一次，{dataset} 已有的数据无法重新读取；请不带 full 进行同步，只读取新消息"}, "table", table, "dataset", dataset)
}

// errSchedule tells what is wrong with a schedule, by its keys.
func errSchedule(findings []catalog.Finding) *fault.Error {
	out := fault.New(fault.Invalid, "bad_schedule", findings[0].Text)
	for _, f := range findings {
		out.Fields = append(out.Fields, fault.Field{Path: f.Path, Code: f.Rule, Text: f.Text})
	}
	return out
}

func errMode(table, mode string, why text.Text) *fault.Error {
	if why.IsZero() {
		return fault.New(fault.Invalid, "source_mode", text.Text{
			EN: "{table} cannot be read by {mode}; choose another mode of sync", ZH: "{table} 不支持 {mode} 方式同步；请改用其他方式"}, "table", table, "mode", mode)
	}
	return fault.New(fault.Invalid, "source_mode", text.Text{
		EN: "{table} cannot be read by {mode}: {why}", ZH: "{table} 暂不支持 {mode} 方式同步：{why}"}, "table", table, "mode", mode, "why", why)
}

func errGone(table, dataset string, columns []string) *fault.Error {
	return fault.New(fault.Invalid, "column_gone", text.Text{
		EN: "{table} has no column {columns} any more; if it was renamed there, change the column's source, if it is gone for good, take it out of {dataset}; nothing was changed here",
		ZH: "{table} 中已没有列 {columns}；若已改名，请修改该列的 source；若不再需要，请从 {dataset} 中去掉；本地数据未作改动"},
		"table", table, "columns", strings.Join(columns, ", "), "dataset", dataset)
}

func errRetyped(table, dataset, column, was, is, want string) *fault.Error {
	return fault.New(fault.Invalid, "column_retyped", text.Text{
		EN: "the column {column} of {table} was {was} and is {is} now, which does not all fit into {want}; give the column of {dataset} a type that takes it, or read everything once more with lodestar sync {dataset} --full to take the values that fit; nothing was changed here",
		ZH: "{table} 的列 {column} 由 {was} 变成了 {is}，不能全部存为 {want}；请修改 {dataset} 中该列的类型，或执行 lodestar sync {dataset} --full 重新读取（不合格的值会单独列出）；本地数据未作改动"},
		"table", table, "dataset", dataset, "column", column, "was", was, "is", is, "want", want)
}

func errUnfit(table, dataset, column, is, want string) *fault.Error {
	return fault.New(fault.Invalid, "column_unfit", text.Text{
		EN: "the column {column} of {table} is {is}, which is no {want}; change the type of the column in {dataset}",
		ZH: "{table} 的列 {column} 是 {is}，不能存为 {want}；请修改 {dataset} 中该列的类型"},
		"table", table, "dataset", dataset, "column", column, "is", is, "want", want)
}

func errDrift(table, dataset string, columns []string) *fault.Error {
	return fault.New(fault.Invalid, "columns_new", text.Text{
		EN: "{table} has new columns: {columns}; add them to {dataset}, or set drift to hold to go on without them, or to add to take them in",
		ZH: "{table} 出现了新列：{columns}；请加到 {dataset} 中，或将 drift 设为 hold（忽略并继续）或 add（自动加入）"},
		"table", table, "columns", strings.Join(columns, ", "), "dataset", dataset)
}

func errStuck(table string) *fault.Error {
	return fault.New(fault.Invalid, "source_stuck", text.Text{
		EN: "{table} says that there is more to read and gives the same again and again; look at its paging, or at its cursor",
		ZH: "{table} 一直提示还有数据，却反复返回相同的位置；请检查其分页或游标设置"}, "table", table)
}
