package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	"github.com/redress-dev/redress/services/intake/sketch"
	"github.com/redress-dev/redress/services/intake/words"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/vault"
)

// index is what complaints are found and compared by.
type index struct {
	texts    TextIndex
	sketches SketchIndex
	splitter *words.Splitter
	comparer *words.Comparer
	key      sketch.Key
	window   *window
	maxTerms int
}

func newIndex(deps Deps) *index {
	matters := deps.Policy.Proto().GetMatters()
	return &index{
		texts: deps.Texts, sketches: deps.Sketches, splitter: deps.Words, comparer: deps.Words.Comparer(matters.GetCommonWords()),
		key:    sketch.NewKey(deps.Keyring.Lookup("index", "terms")),
		window: &window{index: deps.Sketches, length: matters.GetWindow().AsDuration()}, maxTerms: int(matters.GetMaxTerms()),
	}
}

const (
	// tidyEvery is how often the index looks for customers who were erased.
	tidyEvery = 10 * time.Second
	// maxBatch bounds how many texts are indexed by one transaction, and enough of
	// them wait for no others: they are fewer than the deliveries that a relay has
	// under way.
	maxBatch = 32
	enough   = 16
)

// Indexer indexes what was said after it was committed, and looks whether new
// complaints repeat earlier ones. It follows the log of events as a subscriber
// does: filing pays nothing for it, and a crash loses nothing.
type Indexer struct {
	service *Service

	mu      sync.Mutex
	waiting []*indexing
	// busy says that somebody works, pausing that somebody began to less than the
	// pause ago.
	busy, pausing bool
}

// indexing is a text that waits to be indexed.
type indexing struct {
	place Place
	// done tells what came of it, or errLead that it is this one's turn to work
	// for all that wait.
	done chan error
}

// errLead tells one that waits to do the work.
var errLead = errors.New("intake: index all that wait")

// Indexer makes the subscriber; there is one.
func (s *Service) Indexer() *Indexer { return &Indexer{service: s} }

// Name is the subscriber's. With another name all filings would be delivered again,
// and be followed again by the policy of then, so it stays when more is indexed than
// before: Reindex makes the index of what is on record and has nothing follow from it.
func (x *Indexer) Name() string { return "index-1" }

// Wants tells that filings, also those that came as history, and messages are indexed.
func (x *Indexer) Wants(eventType string) bool {
	switch eventType {
	case "complaint_received", "complaint_imported", "message_recorded":
		return true
	default:
		return false
	}
}

// Deliver indexes the text that the event tells of, together with others that wait.
func (x *Indexer) Deliver(ctx context.Context, e *eventv1.Event) error {
	payload, err := eventlog.Decode(e)
	if err != nil {
		return eventlog.Permanent(err)
	}
	id, err := complaintID("event.subject", e.GetSubject())
	if err != nil {
		return eventlog.Permanent(err)
	}
	place := Place{Complaint: id}
	if said := payload.GetMessageRecorded(); said != nil {
		place.Message = said.GetMessage()[strings.LastIndexByte(said.GetMessage(), '/')+1:]
	}
	return x.add(ctx, place)
}

// add has a text indexed. One of those who wait does the work for all, once:
// whoever comes when nobody has worked for a while, or is enough; or whoever waits
// longest when the pause ends.
func (x *Indexer) add(ctx context.Context, place Place) error {
	own := &indexing{place: place, done: make(chan error, 2)}
	x.mu.Lock()
	x.waiting = append(x.waiting, own)
	if !x.busy {
		x.handOver()
	}
	x.mu.Unlock()
	for {
		select {
		case err := <-own.done:
			if !errors.Is(err, errLead) {
				return err
			}
			x.work(ctx)
		case <-ctx.Done():
			x.leave(own)
			return ctx.Err()
		}
	}
}

// leave takes back a text that nobody waits for any more. If it was this one's
// turn to work, it is the next one's.
func (x *Indexer) leave(own *indexing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.waiting = slices.DeleteFunc(x.waiting, func(other *indexing) bool { return other == own })
	select {
	case err := <-own.done:
		if errors.Is(err, errLead) {
			x.handOver()
		}
	default:
	}
}

// handOver has somebody work, if there is anything to do and it waits for no
// others. Nobody works, and the caller holds the lock.
func (x *Indexer) handOver() {
	x.busy = len(x.waiting) > 0 && (!x.pausing || len(x.waiting) >= enough)
	if !x.busy {
		return
	}
	x.waiting[0].done <- errLead
	if x.service.indexPause > 0 && !x.pausing {
		x.pausing = true
		time.AfterFunc(x.service.indexPause, x.resume)
	}
}

// resume ends the pause.
func (x *Indexer) resume() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.pausing = false
	if !x.busy {
		x.handOver()
	}
}

// work indexes what waits. When texts cannot be indexed together, each is indexed
// alone, which tells whose fault it is.
func (x *Indexer) work(ctx context.Context) {
	x.mu.Lock()
	some := slices.Clone(x.waiting[:min(len(x.waiting), maxBatch)])
	x.waiting = x.waiting[len(some):]
	x.mu.Unlock()
	told := 0
	defer func() {
		for _, one := range some[told:] {
			one.done <- errUnfinished
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		x.handOver()
	}()
	places := make([]Place, len(some))
	for i := range some {
		places[i] = some[i].place
	}
	err := x.service.indexAll(ctx, places)
	for i := range some {
		if err != nil && len(some) > 1 {
			some[i].done <- x.service.indexAll(ctx, places[i:i+1])
		} else {
			some[i].done <- err
		}
		told++
	}
}

// errUnfinished is for those whose text was not indexed because of another one.
var errUnfinished = errors.New("intake: the index was interrupted")

// Run keeps the index tidy until ctx ends: what is kept of customers who were
// erased is deleted, and sketches are read into memory before they are asked for.
func (x *Indexer) Run(ctx context.Context) error {
	for {
		if err := x.Tidy(ctx); err != nil && ctx.Err() == nil {
			x.service.logger.WarnContext(ctx, "the index was not tidied", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tidyEvery):
		}
	}
}

// Tidy does once what Run does again and again.
func (x *Indexer) Tidy(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = x.service.index.texts.Forget(ctx); err != nil {
			return err
		}
	}
	_, err := x.service.index.window.refresh(ctx, x.service.now())
	return err
}

// indexAll indexes texts, and follows the complaints among them that were filed.
func (s *Service) indexAll(ctx context.Context, places []Place) error {
	filed, err := s.indexTexts(ctx, places)
	if err != nil {
		return err
	}
	return s.followAll(ctx, filed)
}

// indexTexts indexes texts, and returns the complaints among them that were filed.
func (s *Service) indexTexts(ctx context.Context, places []Place) (filed []*Record, err error) {
	var ids []string
	var said []Place
	for _, place := range places {
		ids = append(ids, place.Complaint)
		if place.Message != "" {
			said = append(said, place)
		}
	}
	records, err := s.matters.Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	messages, err := s.matters.Said(ctx, said)
	if err != nil {
		return nil, err
	}
	texts, filed := s.texts(ctx, places, records, messages)
	full, err := s.index.texts.Index(ctx, texts)
	if err != nil {
		return nil, err
	}
	for _, shelf := range full {
		if err := s.index.fold(ctx, shelf); err != nil {
			return nil, err
		}
	}
	return filed, nil
}

// texts makes what the index keeps of texts. What cannot be opened is left out; it
// is not found.
func (s *Service) texts(ctx context.Context, places []Place, records []Record, messages []Message) (texts []Text, filed []*Record) {
	byID := map[string]*Record{}
	for i := range records {
		byID[records[i].ID] = &records[i]
	}
	for i := range messages {
		m := &messages[i]
		record := byID[m.Complaint]
		if record == nil {
			continue
		}
		if m.Customer != "" && len(m.WrappedKey) == 0 {
			continue // Whose words these are was erased.
		}
		if key := s.keyOf(ctx, record); key != nil {
			texts = append(texts, s.index.text(Place{Complaint: m.Complaint, Message: m.ID}, s.openText(ctx, key, m)))
		}
	}
	for _, place := range places {
		record := byID[place.Complaint]
		if place.Message != "" || record == nil || len(record.WrappedKey) == 0 {
			continue
		}
		filing, _, err := s.open(record)
		if err != nil {
			s.logger.ErrorContext(ctx, "a complaint cannot be opened", "complaint", record.Name())
			continue
		}
		texts, filed = append(texts, s.index.filed(place, &filing, record.ReceiveTime)), append(filed, record)
	}
	return texts, filed
}

// keyOf is the data key of a complaint's customer; nil when there is none.
func (s *Service) keyOf(ctx context.Context, record *Record) *vault.DataKey {
	key, err := s.key(record.Customer, record.WrappedKey)
	if err != nil {
		s.logger.ErrorContext(ctx, "a data key cannot be unwrapped", "customer", record.Customer)
		return nil
	}
	return key
}

// text is what the index keeps of a text.
func (x *index) text(place Place, text string) Text {
	terms := bounded(x.splitter.Terms(text), x.maxTerms)
	shelf := sketch.ShelfOf(len(terms))
	return Text{Place: place, Shelf: shelf, Signature: shelf.Signature(x.key.Hashes(terms))}
}

// filed is what the index keeps of what a complaint was filed with. Only the
// statement is compared; the terms of it come first.
func (x *index) filed(place Place, filing *Filing, received time.Time) Text {
	terms := x.splitter.Terms(filing.Statement)
	compared := len(terms)
	for _, term := range x.splitter.Terms(filing.rest()) {
		if !slices.Contains(terms, term) {
			terms = append(terms, term)
		}
	}
	terms = bounded(terms, x.maxTerms)
	hashes := x.key.Hashes(terms)
	var own []uint64
	for i, hash := range hashes[:min(compared, len(hashes))] {
		if !x.comparer.Common(terms[i]) {
			own = append(own, hash)
		}
	}
	drawn, shelf := sketch.Of(own), sketch.ShelfOf(len(terms))
	return Text{Place: place, Shelf: shelf, Signature: shelf.Signature(hashes), Sketch: drawn.Bytes(), ReceiveTime: received}
}

// words are all words that a complaint was filed with.
func (f *Filing) words() string { return f.Statement + "\n" + f.rest() }

// rest are the words beside the statement.
func (f *Filing) rest() string {
	parts := []string{f.Target.Order, f.Target.Product, f.Target.Place, f.Target.Person, f.Forwarding.Authority, f.Forwarding.Reference}
	for _, demand := range f.Demands {
		parts = append(parts, demand.Text)
	}
	return strings.Join(parts, "\n")
}

// putTogether bounds how many slices one transaction writes, so that nobody who
// files waits long for it.
const putTogether = 512

// fold puts the fresh texts of a shelf into slices. It may be done again after it
// was interrupted: until it is done to the end, texts are found as fresh ones. And
// it may be done by several at once: what one has put there, nobody puts again.
func (x *index) fold(ctx context.Context, shelf sketch.Shelf) error {
	for {
		state, err := x.texts.Shelf(ctx, shelf)
		if err != nil || state.Next-state.Folded < shelf.Fold() {
			return err
		}
		f := Folding{Shelf: shelf, From: state.Folded, Below: state.Folded + shelf.Fold()}
		for f.Texts < len(state.Fresh) && state.Fresh[f.Texts].Number < f.Below {
			f.Texts++
		}
		// When a text was forgotten meanwhile, it is done again without it.
		done, err := x.slice(ctx, f, state.Fresh[:f.Texts])
		if err == nil && done {
			_, err = x.texts.Folded(ctx, f)
		}
		if err != nil {
			return err
		}
	}
}

// slice writes texts into the slices of their block; done is false when the texts are
// not those any more.
func (x *index) slice(ctx context.Context, f Folding, fresh []Fresh) (done bool, err error) {
	block := f.From / f.Shelf.Block()
	for begin := 0; begin < f.Shelf.Bits(); begin += putTogether {
		columns := make([]Slice, 0, putTogether)
		for bit := begin; bit < min(begin+putTogether, f.Shelf.Bits()); bit++ {
			column := make([]byte, (f.Below-f.From)/8)
			for _, text := range fresh {
				if sketch.Has(text.Signature, []int{bit}) {
					at := text.Number - f.From
					column[at/8] |= 1 << (at % 8)
				}
			}
			columns = append(columns, Slice{Shelf: f.Shelf, Block: block, Bit: bit, Bits: column})
		}
		if done, err := x.texts.PutSlices(ctx, f, columns); err != nil || !done {
			return false, err
		}
	}
	return true, nil
}
