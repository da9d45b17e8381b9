package ingest

import (
	"lodestar/internal/fault"
	"lodestar/internal/text"
)

var errCanceled = fault.New(fault.Canceled, "load_canceled", text.Text{
	EN: "the load was cancelled; the data is as it was", ZH: "导入已取消，数据保持原样"})

func errNoUpload(id string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_upload", text.Text{
		EN: "there is no upload {id}; it was discarded, or the server was restarted: send the file again",
		ZH: "没有上传 {id}：可能已被丢弃，或服务器已重启；请重新上传"}, "id", id)
}

func errNoDataset(name string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_dataset", text.Text{
		EN: "there is no dataset named {name}; define it first, or load with --create",
		ZH: "没有名为 {name} 的数据集；请先定义，或使用 --create 导入"}, "name", name)
}

func errDirect(name, connection string) *fault.Error {
	return fault.New(fault.Invalid, "dataset_direct", text.Text{
		EN: "{name} is asked where it lives, on the connection {connection}, so nothing can be loaded into it; take connection and table out of its source to keep rows here",
		ZH: "{name} 在连接 {connection} 上直连查询，不能装载数据；若要在本地保存数据，请从 source 中去掉 connection 和 table"},
		"name", name, "connection", connection)
}

func errEvents(name string) *fault.Error {
	return fault.New(fault.Invalid, "dataset_of_events", text.Text{
		EN: "the rows of {name} come from event intake; send events to /v1/batch, with their old timestamps for what is to be filled in",
		ZH: "{name} 的数据来自事件接入，不能装载文件；补录历史请带原始时间戳上报到 /v1/batch"}, "name", name)
}

func errPrepared(name string) *fault.Error {
	return fault.New(fault.Invalid, "dataset_prepared", text.Text{
		EN: "the rows of {name} are made by its steps; load into the datasets that it is made of",
		ZH: "{name} 的数据由步骤生成，不能直接导入；请导入它所依赖的数据集"}, "name", name)
}

func errNoRows(name string) *fault.Error {
	return fault.New(fault.NotFound, "no_rows", text.Text{
		EN: "nothing was loaded into {name} yet", ZH: "{name} 还没有导入数据"}, "name", name)
}

func errNoLoad(id string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_load", text.Text{
		EN: "there is no load {id}", ZH: "没有导入任务 {id}"}, "id", id)
}

func errZone(name string) *fault.Error {
	return fault.New(fault.Invalid, "unknown_zone", text.Text{
		EN: "there is no time zone named {zone}; use a name such as Asia/Shanghai",
		ZH: "没有名为 {zone} 的时区；请使用 Asia/Shanghai 这样的名称"}, "zone", name)
}

var errMode = fault.New(fault.Invalid, "mode_required", text.Text{
	EN: "the dataset has rows already: say with mode whether to replace them, append, or upsert by key",
	ZH: "数据集中已有数据：请用 mode 指明是替换（replace）、追加（append）还是按主键更新（upsert）"})

var errUnknownMode = fault.New(fault.Invalid, "unknown_mode", text.Text{
	EN: "mode is replace, append or upsert", ZH: "mode 只能是 replace、append 或 upsert"})

var errNoKey = fault.New(fault.Invalid, "key_required", text.Text{
	EN: "upsert needs a primary key; declare one for the dataset, or use append or replace",
	ZH: "按主键更新需要主键；请为数据集声明主键，或改用追加、替换"})

func errExtra(columns string) *fault.Error {
	return fault.New(fault.Invalid, "extra_columns", text.Text{
		EN: "the file has columns that the dataset does not: {columns}; add them to the dataset, or load with --ignore-extra",
		ZH: "文件中有数据集没有的列：{columns}；请加到数据集定义中，或用 --ignore-extra 忽略"}, "columns", columns)
}

func errMissing(columns string) *fault.Error {
	return fault.New(fault.Invalid, "missing_columns", text.Text{
		EN: "the file lacks columns of the dataset: {columns}; load with --allow-missing to leave them empty",
		ZH: "文件缺少数据集中的列：{columns}；如需留空请用 --allow-missing 导入"}, "columns", columns)
}

func errTooManyRejects(rejected, records int64, limit string) *fault.Error {
	return fault.New(fault.Invalid, "too_many_rejects", text.Text{
		EN: "{rejected} of {records} records do not fit, more than the {limit} allowed; nothing was loaded",
		ZH: "{records} 条记录中有 {rejected} 条不合格，超过允许的 {limit}；没有导入任何数据"},
		"rejected", rejected, "records", records, "limit", limit)
}

func errMaxRejects(limit string) *fault.Error {
	return fault.New(fault.Invalid, "bad_max_rejects", text.Text{
		EN: "{limit} is neither a number of records nor a percentage such as 5%",
		ZH: "{limit} 不是记录条数，也不是 5% 这样的百分比"}, "limit", limit)
}

var errAsOf = text.Text{
	EN: "the workspace's asOf is now, latest or a date such as 2026-01-31",
	ZH: "工作区的 asOf 只能是 now、latest 或 2026-01-31 这样的日期"}
