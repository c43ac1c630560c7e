package facts

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"
)

const (
	// mostWaiting bounds the contacts whose receipt is still to be looked up; more than that are not measured.
	mostWaiting = 10_000
	// receiptWithin bounds one look-up.
	receiptWithin = 5 * time.Second
)

// Receipt tells when a cycle of a complaint began: its receipt, or its reopening. The event of a kept callback does not tell.
type Receipt func(ctx context.Context, complaint string, cycle int32) (time.Time, error)

// contact is an attempt that reached a customer.
type contact struct {
	complaint string
	cycle     int32
	at        time.Time
}

// contacts measures the time to contact. It asks for receipts one after the other and behind the back of whoever recorded the
// contact, who still holds a connection to the database then: with enough of them, all would wait for another one.
type contacts struct {
	duration metric.Float64Histogram
	receipt  Receipt

	mu      sync.Mutex
	waiting []contact
	running bool
}

func newContacts(meter metric.Meter, receipt Receipt) (*contacts, error) {
	duration, err := meter.Float64Histogram("redress_time_to_contact", metric.WithUnit("s"),
		metric.WithDescription("From a complaint's receipt, or its reopening, to the attempt that reached the customer."),
		metric.WithExplicitBucketBoundaries(1, 10, 60, 300, 900, 1800, 3600, 2*3600, 4*3600, 8*3600, 12*3600, 24*3600, 48*3600, 7*24*3600))
	return &contacts{duration: duration, receipt: receipt}, err
}

// note has the contact measured soon.
func (c *contacts) note(made contact) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= mostWaiting {
		return
	}
	c.waiting = append(c.waiting, made)
	if !c.running {
		c.running = true
		go c.run()
	}
}

// run measures until nothing waits.
func (c *contacts) run() {
	for {
		c.mu.Lock()
		batch := c.waiting
		c.waiting = nil
		c.running = len(batch) > 0
		c.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, made := range batch {
			c.measure(made)
		}
	}
}

func (c *contacts) measure(made contact) {
	ctx, cancel := context.WithTimeout(context.Background(), receiptWithin)
	defer cancel()
	// A receipt that cannot be found leaves a contact out of the metric, and nothing else.
	if begin, err := c.receipt(ctx, made.complaint, made.cycle); err == nil {
		c.duration.Record(ctx, max(0, made.at.Sub(begin).Seconds()))
	}
}
