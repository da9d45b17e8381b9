package source

import (
	"context"
	"errors"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// CodeStartOver is the code of the fault that says that the source has let go
// of what came after the mark. Reading goes on only from the beginning: forget
// the reader, then read with no mark.
const CodeStartOver = "source_start_over"

// StartOver is the fault with CodeStartOver; why is a clause.
func StartOver(why text.Text, cause error) *fault.Error {
	return fault.New(fault.Conflict, CodeStartOver, text.Text{
		EN: "the changes since the last read are lost: " + why.EN + "; start the sync over, which reads everything once more",
		ZH: "上次读取之后的变更已经丢失：" + why.ZH + "；请重新开始同步，届时会把数据完整地再读一遍"}).Wrap(cause)
}

// IsStartOver reports whether only reading from the beginning helps.
func IsStartOver(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == CodeStartOver
}

// Unreachable is the fault for a source that does not answer, or no longer.
func Unreachable(name string, cause error) *fault.Error {
	return fault.New(fault.Unavailable, "source_unreachable", text.Text{
		EN: "{name} does not answer; check that it is running, its address and port, and whether it speaks TLS",
		ZH: "{name} 没有响应；请检查它是否在运行，以及地址、端口和 TLS 设置"}, "name", name).Wrap(cause)
}

// Login is the fault for a user or password that is wrong.
func Login(name string, cause error) *fault.Error {
	return fault.New(fault.Unavailable, "source_login", text.Text{
		EN: "{name} refuses the user or the password; correct them in the connection",
		ZH: "{name} 拒绝了用户名或密码；请在连接中更正"}, "name", name).Wrap(cause)
}

// NoRight is the fault for a right that is missing; do is what an administrator
// runs there.
func NoRight(name, do string, cause error) *fault.Error {
	return fault.New(fault.Unavailable, "source_right", text.Text{
		EN: "{name} does not let this user do that; its administrator can allow it: {do}",
		ZH: "{name} 不允许该用户这样做；请管理员授权：{do}"}, "name", name, "do", do).Wrap(cause)
}

// NoStream is the fault for a stream that is not there, or not for this user.
func NoStream(stream string) *fault.Error {
	return fault.New(fault.NotFound, "unknown_stream", text.Text{
		EN: "there is nothing called {stream}, or this user may not see it",
		ZH: "没有名为 {stream} 的数据，或该用户无权查看"}, "stream", stream)
}

// NoColumn is the fault for a column that is not in the stream.
func NoColumn(stream, column string) *fault.Error {
	return fault.New(fault.Invalid, "unknown_source_column", text.Text{
		EN: "{stream} has no column {column}; it may have been renamed there: change the column's source",
		ZH: "{stream} 没有列 {column}，可能已改名：请修改该列的 source"}, "stream", stream, "column", column)
}

// NotPossible is the fault for a mode that a stream cannot be read by.
func NotPossible(why text.Text) *fault.Error {
	return fault.New(fault.Invalid, "source_mode", why)
}

// BadMark is the fault for a mark that is not one of the connector's.
func BadMark(cause error) *fault.Error {
	return fault.New(fault.Conflict, CodeStartOver, text.Text{
		EN: "the mark of the last read is not one of this source; start the sync over, which reads everything once more",
		ZH: "上次读取的位置不属于这个来源；请重新开始同步，届时会把数据完整地再读一遍"}).Wrap(cause)
}

// Stopped is the fault for a context that has ended; nil for one that has not.
func Stopped(ctx context.Context, cause error) error {
	switch {
	case ctx.Err() == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.New(fault.Timeout, "source_timeout", text.Text{
			EN: "reading took longer than allowed", ZH: "读取超过了允许的时间"}).Wrap(cause)
	}
	return fault.New(fault.Canceled, "canceled", text.Text{EN: "reading was cancelled", ZH: "读取已取消"}).Wrap(cause)
}
