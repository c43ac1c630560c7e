package eventlog

import "sync"

// bell wakes everybody who waits for new events. Whoever takes the channel
// before looking into the database misses no ring.
type bell struct {
	mu   sync.Mutex
	next chan struct{}
	rung uint64
}

func newBell() *bell { return &bell{next: make(chan struct{})} }

// rings returns a channel that is closed at the next ring.
func (b *bell) rings() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.next
}

// ring wakes all that hold the channel.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.next)
	b.next = make(chan struct{})
	b.rung++
}

// count is how often it has rung.
func (b *bell) count() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

// valve lets deliveries through, or not.
type valve struct {
	mu      sync.Mutex
	closed  bool
	changed *bell
}

func newValve() *valve { return &valve{changed: newBell()} }

func (v *valve) set(open bool) {
	v.mu.Lock()
	v.closed = !open
	v.mu.Unlock()
	v.changed.ring()
}

func (v *valve) isOpen() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.closed
}
