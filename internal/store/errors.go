package store

import (
	"context"
	"errors"

	"lodestar/internal/fault"
	"lodestar/internal/text"
)

// contextFault makes faults of given-up and overdue work.
func contextFault(err error) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Timeout, "metadata_timeout", text.Text{
			EN: "the metadata database took too long; try again", ZH: "元数据库响应超时，请重试"}).Wrap(err)
	case errors.Is(err, context.Canceled):
		return fault.New(fault.Canceled, "canceled", text.Text{EN: "the request was given up", ZH: "请求已取消"}).Wrap(err)
	}
	return err
}

// isFault reports whether the error has its fault already.
func isFault(err error) bool {
	var f *fault.Error
	return errors.As(err, &f)
}

func busy(err error) error {
	return fault.New(fault.Unavailable, "metadata_busy", text.Text{
		EN: "the metadata database is busy; try again in a moment", ZH: "元数据库繁忙，请稍后重试"}).Wrap(err)
}

func inUse() *fault.Error {
	return fault.New(fault.Unavailable, "metadata_in_use", text.Text{
		EN: "another lodestar process writes to this metadata database; stop it first",
		ZH: "另一个 lodestar 进程正在使用该元数据库，请先停止它"})
}

func away(err error) error {
	return fault.New(fault.Unavailable, "metadata_away", text.Text{
		EN: "the metadata database cannot be reached right now; try again in a moment",
		ZH: "暂时无法连接元数据库，请稍后重试"}).Wrap(err)
}
