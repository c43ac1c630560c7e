package sqlstore

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/sqldb"
	"github.com/redress-dev/redress/services/routing"
	"github.com/redress-dev/redress/services/routing/rule"
)

// askRuleSets asks for sets of rules as the directory says which one is current.
func askRuleSets(ctx context.Context, tx *sqldb.Tx, take func(*routingv1.RuleSet), where string, args ...any) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var number, current, activated int64
		var text, etag string
		if err := scan(&number, &text, &etag, &activated, &current); err != nil {
			return err
		}
		set := &routingv1.RuleSet{}
		if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(text), set); err != nil {
			return err
		}
		set.Etag, set.Current, set.ActivateTime = etag, number == current, timestamppb.New(sqldb.Time(activated))
		take(set)
		return nil
	}, `SELECT r.number, r.content, r.etag, r.activate_time, d.rule_set FROM rule_sets r, directory d `+where, args...)
}

// putRules makes a set of rules the current one, and saves it before if it is new.
func putRules(ctx context.Context, tx *sqldb.Tx, a *routing.Amendment) error {
	set := proto.CloneOf(a.Rules.Proto())
	number, err := strconv.ParseInt(idOf(set.GetName()), 10, 32)
	if err != nil {
		return fmt.Errorf("put rules %q: %w", set.GetName(), err)
	}
	etag, activated := set.GetEtag(), sqldb.Micros(set.GetActivateTime().AsTime())
	set.Etag, set.Current, set.ActivateTime = "", false, nil
	if int32(number) == a.RuleSets+1 {
		var text string
		if text, err = content(set); err == nil {
			err = tx.Queue(ctx, nil, `INSERT INTO rule_sets (number, content, etag, activate_time) VALUES (?, ?, ?, ?)`, number, text, etag, activated)
		}
	} else {
		err = tx.Queue(ctx, nil, `UPDATE rule_sets SET etag = ?, activate_time = ? WHERE number = ?`, etag, activated, number)
	}
	if err == nil {
		err = tx.Queue(ctx, nil, `UPDATE directory SET rule_set = ?, rule_sets = ?`, number, max(a.RuleSets, int32(number)))
	}
	if err != nil {
		return fmt.Errorf("put rules %d: %w", number, err)
	}
	return nil
}

// compiled compiles a set, unless it is the one of the directory that was read last.
func (s *Store) compiled(set *routingv1.RuleSet) (*rule.Set, error) {
	if d := s.newest.Load(); d != nil && d.Rules().Name() == set.GetName() {
		return d.Rules().As(func(next *routingv1.RuleSet) { next.Etag, next.ActivateTime = set.GetEtag(), set.GetActivateTime() }), nil
	}
	return rule.Compile(set)
}

// RuleSet implements routing.DirectoryStore.
func (s *Store) RuleSet(ctx context.Context, number int32) (set *routingv1.RuleSet, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		set = nil
		return askRuleSets(ctx, tx, func(found *routingv1.RuleSet) { set = found },
			`WHERE r.number = ? OR ? = 0 AND r.number = d.rule_set`, number, number)
	})
	if err == nil && set == nil {
		err = routing.ErrUnknown
	}
	return set, s.db.Failure(err)
}

// RuleSets implements routing.DirectoryStore.
func (s *Store) RuleSets(ctx context.Context, below int32, limit int) (sets []*routingv1.RuleSet, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		sets = nil
		return askRuleSets(ctx, tx, func(found *routingv1.RuleSet) { sets = append(sets, found) },
			`WHERE ? = 0 OR r.number < ? ORDER BY r.number DESC LIMIT ?`, below, below, limit)
	})
	return sets, s.db.Failure(err)
}

// Candidates implements routing.DirectoryStore.
func (s *Store) Candidates(ctx context.Context, department string, but routing.Complaint) (list []routing.Candidate, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *sqldb.Tx) error {
		list = nil
		return askCandidates(ctx, tx, &list, department, but)
	})
	for i := range list {
		if list[i].Agent == but.Assignee && !but.Ended {
			list[i].OpenCount--
		}
	}
	return list, s.db.Failure(err)
}

// askCandidates asks for the active people of a department with their loads, and who has other open complaints of the customer.
func askCandidates(ctx context.Context, tx *sqldb.Tx, list *[]routing.Candidate, department string, but routing.Complaint) error {
	return tx.Ask(ctx, func(scan func(dest ...any) error) error {
		var k routing.Candidate
		var last, knows int64
		err := scan(&k.Agent, &k.OpenCount, &last, &knows)
		k.LastAssigned, k.KnowsCustomer = sqldb.Time(last), knows != 0
		*list = append(*list, k)
		return err
	}, `SELECT agent_id, open_count, last_assigned, CASE WHEN EXISTS
		(SELECT 1 FROM complaints WHERE customer = ? AND assignee = agent_id AND ended = 0 AND complaint_id <> ?) THEN 1 ELSE 0 END
		FROM agents WHERE department = ? AND active = 1 ORDER BY agent_id`, but.Customer, but.ID, department)
}

// pack is a message as its JSON; empty for none.
func pack[T interface {
	proto.Message
	comparable
}](m T) (string, error) {
	var none T
	if m == none {
		return "", nil
	}
	return content(m)
}

// unpack reads what pack has made.
func unpack[T any, P interface {
	*T
	proto.Message
}](text string, into *P) error {
	*into = nil
	if text == "" {
		return nil
	}
	*into = new(T)
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal([]byte(text), *into)
}
