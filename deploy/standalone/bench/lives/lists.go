package lives

import (
	"context"
	"fmt"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
)

const (
	// pageSize is the largest page that the built-in policy allows.
	pageSize = 200
	// breath is the pause between two readings of the whole list.
	breath = 2 * time.Second
	// before is how long before the first due time the list is read for the first time.
	before = 2 * time.Second
)

// readLists reads the list of overdue callbacks until the context ends, from shortly before the first is due on, and counts what it
// finds.
func (f *front) readLists(ctx context.Context, s schedule, first time.Time, l *lateness) error {
	var pages []time.Duration
	defer func() { l.Pages = timesOf(pages) }()
	for wait := first.Sub(f.now()) - before; ; wait = breath {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		began := f.now()
		got, page, err := f.overdue(ctx)
		ended := f.now()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		pages = append(pages, page)
		l.Reads++
		if got < s.due(first, began) || got > s.due(first, ended) {
			l.Wrong++
		}
	}
}

// overdue reads all pages and tells how many callbacks are in them, and how long the first page took.
func (f *front) overdue(ctx context.Context) (count int, page time.Duration, err error) {
	request := &followupv1.ListCallbacksRequest{Filter: "overdue = true", PageSize: pageSize}
	for {
		began := f.now()
		answer, err := f.followup.ListCallbacks(f.asAgent(ctx), request)
		if err != nil {
			return 0, 0, fmt.Errorf("list the overdue callbacks: %w", err)
		}
		if count == 0 {
			page = f.now().Sub(began)
		}
		count += len(answer.GetCallbacks())
		if request.PageToken = answer.GetNextPageToken(); request.PageToken == "" {
			return count, page, nil
		}
	}
}
