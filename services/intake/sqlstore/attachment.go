package sqlstore

import (
	"context"
	"errors"
	"strings"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/intake"
	"github.com/redress-dev/redress/services/intake/attachment"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

// Attachments implements attachment.Store, in the database of a Store. It is safe for concurrent use.
type Attachments struct {
	store *Store
}

var _ attachment.Store = (*Attachments)(nil)

// NewAttachments makes a store over a migrated database; log is the one in that database.
func NewAttachments(db *sqldb.DB, log *eventlog.Log) *Attachments {
	return &Attachments{store: New(db, log)}
}

const attachmentColumns = `a.complaint, a.id, a.message, a.state, a.cycle, a.declared_type, a.media_type, a.size, a.actor,
	a.create_time, a.mark, a.object, a.details, a.said_on`

// selectAttachment begins queries for attachments.
const selectAttachment = "SELECT " + attachmentColumns + " FROM attachments a "

// selectOwned begins those that ask whose they are, too.
const selectOwned = "SELECT " + attachmentColumns + `, k.name, k.wrapped_key, c.cycle
	FROM attachments a JOIN complaints c ON c.id = a.complaint
	JOIN customers k ON k.name = CASE WHEN a.customer = '' THEN c.customer ELSE a.customer END `

const insertAttachment = `INSERT INTO attachments (complaint, id, message, state, cycle, declared_type, media_type, size, actor,
	create_time, mark, object, details, said_on, customer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// selectSpeaker asks who said something: the complaint's customer, unless it is noted with the message.
const selectSpeaker = `SELECT k.name, k.wrapped_key FROM messages m JOIN complaints c ON c.id = m.complaint
	JOIN customers k ON k.name = CASE WHEN m.customer = '' THEN c.customer ELSE m.customer END WHERE m.complaint = ? AND m.id = ?`

// Case implements attachment.Store.
func (s *Attachments) Case(ctx context.Context, complaint string, with attachment.Message) (c attachment.Case, err error) {
	err = s.store.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		into := ""
		if err := errors.Join(askCase(ctx, tx, &c, &into, complaint), tx.Flush(ctx)); err != nil {
			return err
		}
		if c.Customer == "" {
			return attachment.ErrNotFound
		}
		if into != "" {
			if c.Survivor, err = survivor(ctx, tx, complaint); err != nil {
				return err
			}
		}
		return speaks(ctx, tx, &c, complaint, with)
	})
	return c, err
}

// speaks makes a case that of the customer who said what a file comes with.
func speaks(ctx context.Context, tx *sqldb.Tx, c *attachment.Case, complaint string, with attachment.Message) error {
	if with.ID == "" {
		return nil
	}
	if with.Complaint != complaint {
		switch last, err := survivor(ctx, tx, with.Complaint); {
		case errors.Is(err, intake.ErrNotFound) || err == nil && last != complaint:
			return attachment.ErrElsewhere
		case err != nil:
			return err
		}
	}
	err := notFound(tx.QueryRow(ctx, selectSpeaker, with.Complaint, with.ID).Scan(&c.Customer, &c.WrappedKey))
	if errors.Is(err, intake.ErrNotFound) {
		return attachment.ErrNoMessage
	}
	return err
}

// askCase asks whose a complaint is and what it was merged into; c stays empty when it is not known.
func askCase(ctx context.Context, tx *sqldb.Tx, c *attachment.Case, into *string, complaint string) error {
	*c = attachment.Case{}
	return tx.Ask(ctx, func(scan func(...any) error) error { return scan(&c.Customer, &c.WrappedKey, &c.Cycle, into) },
		"SELECT c.customer, k.wrapped_key, c.cycle, c.merged_into FROM complaints c JOIN customers k ON k.name = c.customer WHERE c.id = ?", complaint)
}

// Add implements attachment.Store. The complaint's lock comes first: it puts uploads of the same content one after the other, so
// that the key is noted with the attachment that answers it.
func (s *Attachments) Add(ctx context.Context, n attachment.NewAttachment) (a attachment.Attachment, added bool, err error) {
	err = s.store.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		a, added, err = s.add(ctx, tx, n)
		return err
	})
	return a, added && err == nil, err
}

// standing is what a complaint has when an attachment comes.
type standing struct {
	record intake.Record
	last   eventlog.Place
	// same is the attachment with the same content; its id is empty when there is none.
	same  attachment.Attachment
	count int32
}

func (s *Attachments) add(ctx context.Context, tx *sqldb.Tx, n attachment.NewAttachment) (a attachment.Attachment, added bool, err error) {
	st, err := s.standing(ctx, tx, n)
	switch {
	case err != nil:
		return a, false, err
	case st.record.ID == "":
		return a, false, attachment.ErrNotFound
	}
	id := n.ID
	if st.same.ID != "" {
		id = st.same.ID
	}
	cause := eventlog.Cause{Command: n.Command, Result: "complaints/" + n.Complaint + "/attachments/" + id}
	repeated, result, err := s.store.log.Begin(ctx, tx, cause, func() error { return nil })
	switch {
	case err != nil:
		return a, false, err
	case repeated:
		a, err = getAttachment(ctx, tx, n.Complaint, result[strings.LastIndexByte(result, '/')+1:])
		return a, false, err
	case st.record.MergedInto != "":
		last, err := survivor(ctx, tx, n.Complaint)
		if err == nil {
			err = &attachment.MergedError{Survivor: last}
		}
		return a, false, err
	case st.same.ID != "":
		a, err = s.again(ctx, tx, n, &st)
		return a, false, err
	}
	of := attachment.Case{Customer: st.record.Customer, WrappedKey: st.record.WrappedKey, Cycle: st.record.Cycle}
	if err := speaks(ctx, tx, &of, n.Complaint, n.Message); err != nil {
		return a, false, err
	}
	if st.count >= n.Limit {
		return a, false, attachment.ErrFull
	}
	a, draft, err := n.Build(of)
	if err != nil {
		return a, false, err
	}
	customer := of.Customer
	if customer == st.record.Customer {
		customer = ""
	}
	err = tx.Queue(ctx, nil, insertAttachment, a.Complaint, a.ID, a.Message.ID, a.State, a.Cycle, a.DeclaredType, a.MediaType, a.Size,
		a.Actor, sqldb.Micros(a.CreateTime), a.Mark, a.Object, a.Details, saidOn(&a), customer)
	if err != nil {
		return a, false, err
	}
	draft.Last = &st.last
	return a, true, s.store.log.Record(ctx, tx, draft)
}

// again is content that the complaint has already. One that belonged to no message, and so to the complaint's customer, belongs to
// the message that it comes with now, if that is this customer's: nobody's file becomes another one's.
func (s *Attachments) again(ctx context.Context, tx *sqldb.Tx, n attachment.NewAttachment, st *standing) (attachment.Attachment, error) {
	a := st.same
	if n.Message.ID == "" || n.Message == a.Message {
		return a, nil
	}
	of := attachment.Case{Customer: st.record.Customer}
	if err := speaks(ctx, tx, &of, n.Complaint, n.Message); err != nil {
		return a, err
	}
	if a.Message.ID != "" || of.Customer != st.record.Customer {
		return a, attachment.ErrOtherMessage
	}
	a.Message = n.Message
	draft := n.Join(a)
	draft.Cycle, draft.Last = st.record.Cycle, &st.last
	return a, errors.Join(
		tx.Queue(ctx, nil, "UPDATE attachments SET message = ?, said_on = ? WHERE complaint = ? AND id = ?", a.Message.ID, saidOn(&a), a.Complaint, a.ID),
		s.store.log.Record(ctx, tx, draft))
}

// saidOn is the complaint on which the message of an attachment was said, where that is another one.
func saidOn(a *attachment.Attachment) string {
	if a.Message.Complaint == a.Complaint {
		return ""
	}
	return a.Message.Complaint
}

// standing reads it under the complaint's lock.
func (s *Attachments) standing(ctx context.Context, tx *sqldb.Tx, n attachment.NewAttachment) (st standing, err error) {
	if err := errors.Join(ask(ctx, tx, &st.record, n.Complaint, lockComplaint(tx)), tx.Flush(ctx)); err != nil {
		return st, err
	}
	err = errors.Join(
		s.store.log.AskLast(ctx, tx, "complaints/"+n.Complaint, &st.last),
		tx.Ask(ctx, func(scan func(...any) error) (err error) {
			st.same, err = scanAttachment(scan)
			return err
		}, selectAttachment+"WHERE a.complaint = ? AND a.mark = ?", n.Complaint, n.Mark),
		tx.Ask(ctx, func(scan func(...any) error) error { return scan(&st.count) },
			"SELECT COUNT(*) FROM attachments WHERE complaint = ?", n.Complaint),
		tx.Flush(ctx),
	)
	return st, err
}

func getAttachment(ctx context.Context, tx *sqldb.Tx, complaint, id string) (attachment.Attachment, error) {
	a, err := scanAttachment(tx.QueryRow(ctx, selectAttachment+"WHERE a.complaint = ? AND a.id = ?", complaint, id).Scan)
	return a, missing(notFound(err))
}

// Get implements attachment.Store.
func (s *Attachments) Get(ctx context.Context, complaint, id string) (a attachment.Attachment, c attachment.Case, err error) {
	err = s.store.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		of, err := kin(ctx, tx, complaint)
		if err != nil {
			return err
		}
		owned, err := scanOwned(tx.QueryRow(ctx, selectOwned+"WHERE a.id = ? AND a.complaint IN ("+marks(len(of), "?")+
			") ORDER BY a.complaint LIMIT 1", append([]any{id}, of...)...).Scan)
		a, c = owned.Attachment, owned.Case
		return notFound(err)
	})
	return a, c, missing(err)
}

// List implements attachment.Store.
func (s *Attachments) List(ctx context.Context, complaint, after string, limit int) (all []attachment.Owned, err error) {
	err = s.store.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		all = nil
		of, err := kin(ctx, tx, complaint)
		if err != nil {
			return err
		}
		return askOwned(ctx, tx, &all, "WHERE a.complaint IN ("+marks(len(of), "?")+") AND a.id > ? ORDER BY a.id LIMIT ?", append(of, after, limit)...)
	})
	return all, missing(err)
}

// kin are the ids of a complaint and of those that were merged into it.
func kin(ctx context.Context, tx *sqldb.Tx, complaint string) (ids []any, err error) {
	relatives, err := family(ctx, tx, complaint)
	for id := range relatives {
		ids = append(ids, id)
	}
	return ids, err
}

// missing makes what does not exist the contract's error.
func missing(err error) error {
	if errors.Is(err, intake.ErrNotFound) {
		return attachment.ErrNotFound
	}
	return err
}

// Known implements attachment.Store.
func (s *Attachments) Known(ctx context.Context, objects []string) (found map[string]bool, err error) {
	args := make([]any, len(objects))
	for i, object := range objects {
		args[i] = object
	}
	err = s.store.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		found = make(map[string]bool, len(objects))
		if len(objects) == 0 {
			return nil
		}
		return tx.Ask(ctx, func(scan func(...any) error) error {
			var object string
			err := scan(&object)
			found[object] = true
			return err
		}, "SELECT object FROM attachments WHERE object IN ("+marks(len(objects), "?")+")", args...)
	})
	return found, err
}

// whereUnscanned ends the query for what is to be scanned. The comparison of rows has it begin behind the place, not at the first.
const whereUnscanned = "WHERE a.state = 3 AND k.wrapped_key IS NOT NULL AND (a.complaint, a.id) > (?, ?) ORDER BY a.complaint, a.id LIMIT ?"

// Unscanned implements attachment.Store.
func (s *Attachments) Unscanned(ctx context.Context, afterComplaint, afterID string, limit int) (all []attachment.Owned, err error) {
	err = s.store.read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		all = nil
		return askOwned(ctx, tx, &all, whereUnscanned, afterComplaint, afterID, limit)
	})
	return all, err
}

// Scanned implements attachment.Store.
func (s *Attachments) Scanned(
	ctx context.Context, complaint, id string, change func(attachment.Attachment, attachment.Case) (attachment.Attachment, eventlog.Draft, error),
) error {
	return s.store.write(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		var record intake.Record
		var last eventlog.Place
		if err := errors.Join(ask(ctx, tx, &record, complaint, lockComplaint(tx)), s.store.log.AskLast(ctx, tx, "complaints/"+complaint, &last),
			tx.Flush(ctx)); err != nil {
			return err
		}
		o, err := scanOwned(tx.QueryRow(ctx, selectOwned+"WHERE a.complaint = ? AND a.id = ?", complaint, id).Scan)
		if err := missing(notFound(err)); err != nil || o.Attachment.State != int32(intakev1.Attachment_UNSCANNED) {
			return err
		}
		changed, draft, err := change(o.Attachment, o.Case)
		if err != nil {
			return err
		}
		err = tx.Queue(ctx, nil, "UPDATE attachments SET state = ?, details = ? WHERE complaint = ? AND id = ?",
			changed.State, changed.Details, complaint, id)
		if err != nil {
			return err
		}
		draft.Last = &last
		return s.store.log.Record(ctx, tx, draft)
	})
}

// askOwned asks for attachments and whose they are, by the end of a statement.
func askOwned(ctx context.Context, tx *sqldb.Tx, all *[]attachment.Owned, where string, args ...any) error {
	return tx.Ask(ctx, func(scan func(...any) error) error {
		owned, err := scanOwned(scan)
		*all = append(*all, owned)
		return err
	}, selectOwned+where, args...)
}

// scanOwned reads a row of selectOwned.
func scanOwned(scan func(...any) error) (o attachment.Owned, err error) {
	o.Attachment, err = scanAttachment(func(dest ...any) error {
		return scan(append(dest, &o.Case.Customer, &o.Case.WrappedKey, &o.Case.Cycle)...)
	})
	return o, err
}

// scanAttachment reads a row of selectAttachment.
func scanAttachment(scan func(...any) error) (attachment.Attachment, error) {
	var a attachment.Attachment
	var created int64
	err := scan(&a.Complaint, &a.ID, &a.Message.ID, &a.State, &a.Cycle, &a.DeclaredType, &a.MediaType, &a.Size, &a.Actor, &created,
		&a.Mark, &a.Object, &a.Details, &a.Message.Complaint)
	if a.Message.ID != "" && a.Message.Complaint == "" {
		a.Message.Complaint = a.Complaint
	}
	a.CreateTime = sqldb.Time(created)
	return a, err
}
