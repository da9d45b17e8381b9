package direct

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// fault says what an error means to the caller.
func (w *Warehouse) fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return TooLong(err)
	case ctx.Err() != nil:
		return fault.New(fault.Canceled, "canceled", text.Text{
			EN: "the query was cancelled", ZH: "查询已取消"}).Wrap(err)
	}
	if w.c.Fault != nil {
		if f := w.c.Fault(err); f != nil {
			return f
		}
	}
	var network net.Error
	if errors.Is(err, sql.ErrConnDone) || strings.Contains(err.Error(), "sql: database is closed") || errors.Is(err, driver.ErrBadConn) || errors.As(err, &network) {
		return Unreachable(w.c.Dialect.Name(), err)
	}
	return err
}

// OpenFault says why an engine could not be opened; of is what the engine's
// errors mean.
func OpenFault(engine string, err error, of func(error) error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	if f := of(err); f != nil && errors.As(f, &known) {
		return f
	}
	return Unreachable(engine, err)
}

// TooLong is the fault for a statement that ran into a limit of time.
func TooLong(err error) error {
	return fault.New(fault.Timeout, "query_timeout", text.Text{
		EN: "the query took longer than allowed; ask for a shorter range or fewer dimensions",
		ZH: "查询超时；请缩短时间范围或减少维度"}).Wrap(err)
}

// OutOfRange is the fault for a number that does not fit.
func OutOfRange(err error) error {
	return fault.New(fault.Invalid, "out_of_range", text.Text{
		EN: "a number in this calculation is too large; divide or cast it to float first",
		ZH: "计算中出现了过大的数值；请先相除，或转换为 float"}).Wrap(err)
}

// OutOfMemory is the fault for an engine at the end of its memory or disk.
func OutOfMemory(engine string, err error) error {
	return fault.New(fault.Unavailable, "engine_out_of_memory", text.Text{
		EN: "{engine} has not enough memory or disk for this; ask for fewer rows",
		ZH: "{engine} 的内存或磁盘不足；请减少数据量"}, "engine", engine).Wrap(err)
}

// Unreachable is the fault for an engine that does not answer.
func Unreachable(engine string, err error) error {
	return fault.New(fault.Unavailable, "engine_unreachable", text.Text{
		EN: "{engine} cannot be reached; check that it is running, its address, user and password, and whether it speaks TLS",
		ZH: "无法连接 {engine}；请检查它是否在运行，以及地址、用户、密码和 TLS 设置"}, "engine", engine).Wrap(err)
}

// Refused is the fault for an engine that does not let this user read.
func Refused(engine string, err error) error {
	return fault.New(fault.Unavailable, "engine_refused", text.Text{
		EN: "{engine} does not let this user read the table; grant it SELECT",
		ZH: "{engine} 不允许该用户读取此表；请授予 SELECT 权限"}, "engine", engine).Wrap(err)
}

// NoTable is the fault for a mapped table or column that is not there.
func NoTable(engine string, err error) error {
	return fault.New(fault.Unavailable, "engine_table_missing", text.Text{
		EN: "a table or column that a dataset maps to is missing in {engine}; the log has the details",
		ZH: "{engine} 中缺少数据集所映射的表或列，详情见日志"}, "engine", engine).Wrap(err)
}
