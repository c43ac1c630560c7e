package eventlog

import (
	"context"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
)

// Reader lets tests take the steps of a reader one at a time.
type Reader struct{ *reader }

// NewReader makes one that has read nothing.
func NewReader(l *Log) Reader { return Reader{l.newReader(0)} }

// Next reads what follows, and tells whether there is more behind a number that may still appear.
func (r Reader) Next(ctx context.Context) (events []*eventv1.Event, gap bool, err error) {
	b, err := r.next(ctx, 100)
	return b.events, b.gap, err
}
