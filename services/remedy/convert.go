package remedy

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
)

// option reads an option but for its words, whose place is not known yet.
func option(i int, sent *remedyv1.Option) (Option, error) {
	o := Option{Kind: sent.GetKind(), Basis: sent.GetBasis()}
	if m := sent.GetAmount(); m != nil {
		o.Amount = Money{Currency: m.GetCurrencyCode(), Units: m.GetUnits(), Nanos: m.GetNanos()}
	}
	if at := sent.GetFulfilTime(); at != nil {
		if !at.IsValid() {
			return o, invalidField(fmt.Sprintf("remedy.options[%d].fulfil_time", i), "It is no time.")
		}
		o.FulfilTime = at.AsTime().Truncate(time.Microsecond)
	}
	return o, nil
}

// message is a remedy as the caller may see it.
func (r *reader) message(ctx context.Context, stored *Remedy) (*remedyv1.Remedy, error) {
	m := &remedyv1.Remedy{
		Name: stored.Name(), State: stored.State, Proposer: stored.Proposer, Cycle: stored.Cycle,
		CreateTime: timestamppb.New(stored.CreateTime), Etag: etag(stored),
	}
	var err error
	if m.Fallback, err = r.text(ctx, stored.Customer, stored.Fallback, fallbackPlace(stored)); err != nil {
		return nil, err
	}
	for i, o := range stored.Options {
		contents, err := r.text(ctx, stored.Customer, o.Contents, contentsPlace(stored, i))
		if err != nil {
			return nil, err
		}
		m.Options = append(m.Options, &remedyv1.Option{
			Kind: o.Kind, Basis: o.Basis, Contents: contents, Amount: moneyProto(o.Amount), FulfilTime: timestamp(o.FulfilTime),
		})
	}
	return m, nil
}

// moneyProto leaves out no amount.
func moneyProto(m Money) *money.Money {
	if m == (Money{}) {
		return nil
	}
	return &money.Money{CurrencyCode: m.Currency, Units: m.Units, Nanos: m.Nanos}
}

// etag is the version as callers see it: in quotes, as HTTP has it.
func etag(r *Remedy) string { return strconv.Quote(strconv.FormatInt(r.Version, 36)) }

// timestamp leaves out the zero time.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
