package eventlog

import "sync"

// hands run deliveries, at most so many at a time. Those that have run one stay
// for the next, because the stack of a new goroutine has to grow first, which
// costs more than what a session does for a delivery otherwise.
type hands struct {
	most, count int
	jobs        chan func()
	running     sync.WaitGroup
}

func newHands(most int) *hands { return &hands{most: most, jobs: make(chan func())} }

// run has a job done. The caller has fewer than most under way.
func (h *hands) run(job func()) {
	select {
	case h.jobs <- job:
		return
	default:
	}
	if h.count == h.most {
		h.jobs <- job // One of them is about to be free.
		return
	}
	h.count++
	h.running.Go(func() {
		job()
		for job := range h.jobs {
			job()
		}
	})
}

// end waits until all jobs are done; none may be given any more.
func (h *hands) end() {
	close(h.jobs)
	h.running.Wait()
}
