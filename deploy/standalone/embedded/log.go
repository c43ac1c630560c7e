package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger hands the Temporal server's log to slog. It differs from the library's
// own loggers in two ways: what is said while closing is dropped, since the
// services complain about each other leaving, and Fatal ends the failing
// goroutine instead of the process.
type logger struct {
	to    *slog.Logger
	level slog.Leveler
	tags  []tag.Tag
	state *logState
}

// logState is shared by a logger and those derived from it.
type logState struct {
	closing atomic.Bool
	failure chan error
}

func newLogger(to *slog.Logger, level slog.Leveler) logger {
	return logger{to: to, level: level, state: &logState{failure: make(chan error, 1)}}
}

// With implements log.WithLogger.
func (l logger) With(tags ...tag.Tag) log.Logger {
	l.tags = append(slices.Clip(l.tags), tags...)
	return l
}

// Debug implements log.Logger.
func (l logger) Debug(msg string, tags ...tag.Tag) { l.write(slog.LevelDebug, msg, tags) }

// Info implements log.Logger.
func (l logger) Info(msg string, tags ...tag.Tag) { l.write(slog.LevelInfo, msg, tags) }

// Warn implements log.Logger.
func (l logger) Warn(msg string, tags ...tag.Tag) { l.write(slog.LevelWarn, msg, tags) }

// Error implements log.Logger.
func (l logger) Error(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// DPanic implements log.Logger: a broken assumption that is survivable.
func (l logger) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

// Panic implements log.Logger. Its callers count on not going on.
func (l logger) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal implements log.Logger. The first failure is kept for the starter of the
// server or, later, for Server.Failed; the goroutine ends, because code after a
// Fatal was written in the belief that it never runs.
func (l logger) Fatal(msg string, tags ...tag.Tag) {
	if !l.state.closing.Load() {
		select {
		case l.state.failure <- fmt.Errorf("temporal: %s%s", msg, describe(tags)):
		default:
		}
	}
	runtime.Goexit()
}

func (l logger) write(level slog.Level, msg string, tags []tag.Tag) {
	if isNoise(msg, tags) {
		level = slog.LevelDebug
	}
	ctx := context.Background()
	if level < l.level.Level() || l.state.closing.Load() || !l.to.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, len(l.tags)+len(tags))
	for _, t := range l.tags {
		attrs = append(attrs, slog.Any(t.Key(), t.Value()))
	}
	for _, t := range tags {
		attrs = append(attrs, slog.Any(t.Key(), t.Value()))
	}
	l.to.LogAttrs(ctx, level, msg, attrs...)
}

// isNoise reports messages that tell an operator nothing, however severe their
// writer thought them. Work that ran out of time behind the one database
// connection is taken up again by whoever asked for it; that the server is
// overloaded shows in its warnings about slow calls, which are kept.
func isNoise(msg string, tags []tag.Tag) bool {
	switch {
	case strings.HasPrefix(msg, "HTTP API port has not been set."):
		return true
	case strings.HasPrefix(msg, "GetHistory page size is larger than threshold"):
		return true // The web interface asks for as much as it gets, each time somebody opens a workflow.
	}
	for _, t := range tags {
		if t.Key() != "error" {
			continue
		}
		cause := fmt.Sprint(t.Value())
		return strings.Contains(cause, "context deadline exceeded") || strings.Contains(cause, "context canceled")
	}
	return false
}

func describe(tags []tag.Tag) string {
	var b strings.Builder
	for _, t := range tags {
		fmt.Fprintf(&b, " (%s: %v)", t.Key(), t.Value())
	}
	return b.String()
}
