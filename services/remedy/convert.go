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
func option(complaint, field string, sent *remedyv1.Option) (Option, error) {
	o := Option{Exceptional: sent.GetExceptional(), Play: sent.GetPlay(), field: field}
	for n, name := range sent.GetItems() {
		id, ok := itemID(complaintName(complaint), name)
		if !ok {
			return o, invalidField(fmt.Sprintf("%s.items[%d]", field, n), "It is an item of another complaint.")
		}
		o.Items = append(o.Items, id)
	}
	first, err := part(partField(o, 0), sent)
	if err != nil {
		return o, err
	}
	o.Parts = []Part{first}
	for n, further := range sent.GetParts() {
		next, err := part(partField(o, n+1), further)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, next)
	}
	o.gist = gistOf(o, sent)
	return o, nil
}

// given is what an option and a part of it have in common.
type given interface {
	GetKind() remedyv1.Option_Kind
	GetBasis() remedyv1.Option_Basis
	GetCash() bool
	GetCoupon() *remedyv1.Coupon
	GetOwner() string
	GetFulfilTime() *timestamppb.Timestamp
	GetAmount() *money.Money
}

// part reads what is given.
func part(field string, sent given) (Part, error) {
	p := Part{Kind: sent.GetKind(), Basis: sent.GetBasis(), Amount: moneyOf(sent.GetAmount()), Cash: sent.GetCash(), Owner: sent.GetOwner()}
	var err error
	if p.FulfilTime, err = when(field+".fulfil_time", sent.GetFulfilTime()); err != nil {
		return p, err
	}
	if coupon := sent.GetCoupon(); coupon != nil {
		if sent.GetKind() != remedyv1.Option_COUPON {
			return p, invalidField(field+".coupon", "Only a COUPON has the terms of one.")
		}
		p.Threshold = moneyOf(coupon.GetThreshold())
		p.ExpireTime, err = when(field+".coupon.expire_time", coupon.GetExpireTime())
	}
	return p, err
}

// when reads a time in the precision of the databases; zero for none.
func when(field string, sent *timestamppb.Timestamp) (time.Time, error) {
	if sent == nil {
		return time.Time{}, nil
	}
	if !sent.IsValid() {
		return time.Time{}, invalidField(field, "It is no time.")
	}
	return sent.AsTime().Truncate(time.Microsecond), nil
}

// message is a remedy as the caller may see it.
func (r *reader) message(ctx context.Context, c Complaint, stored *Remedy) (*remedyv1.Remedy, error) {
	rules := r.service.rules
	m := &remedyv1.Remedy{
		Name: stored.Name(), State: stored.State, Proposer: stored.Proposer, Cycle: stored.Cycle,
		CreateTime: timestamppb.New(stored.CreateTime), Etag: etag(stored), Version: stored.Revision, HistorySeen: stored.HistorySeen,
		Approval: approvalName(stored.Approval), Department: stored.Department, Most: moneyProto(rules.mostShown(stored.Options)),
		Spent: rules.proto(rules.spent(stored)),
	}
	for _, text := range []struct {
		to     *string
		sealed []byte
		place  string
	}{
		{&m.Fallback, stored.Fallback, fallbackPlace(stored)}, {&m.ScoreObjection, stored.Objection, objectionPlace(stored)},
	} {
		var err error
		if *text.to, err = r.text(ctx, stored.Customer, text.sealed, text.place); err != nil {
			return nil, err
		}
	}
	for i := range stored.Options {
		o, err := r.option(ctx, stored, i)
		if err != nil {
			return nil, err
		}
		if stored.Options[i].Fallback {
			m.FallbackOption = o
			continue
		}
		m.Options = append(m.Options, o)
	}
	if err := r.answered(ctx, stored, m); err != nil {
		return nil, err
	}
	if said, ok := c.said(stored); ok {
		m.Offer.UnansweredMessage = said.Message
	}
	asked, err := r.service.askedOf(ctx, stored)
	if err != nil {
		return nil, err
	}
	m.Warnings = r.service.warnings(c, stored, m, asked)
	return m, nil
}

// option is an option as the caller may see it.
func (r *reader) option(ctx context.Context, stored *Remedy, i int) (*remedyv1.Option, error) {
	o := stored.Options[i]
	m := &remedyv1.Option{Exceptional: o.Exceptional, Play: o.Play}
	for _, item := range o.Items {
		m.Items = append(m.Items, itemName(stored.Complaint, item))
	}
	for n, part := range o.Parts {
		contents, err := r.text(ctx, stored.Customer, part.Contents, contentsPlace(stored, i, n))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			m.Kind, m.Basis, m.Contents, m.Amount = part.Kind, part.Basis, contents, moneyProto(part.Amount)
			m.FulfilTime, m.Cash, m.Coupon, m.Owner = timestamp(part.FulfilTime), part.Cash, coupon(part), part.Owner
			continue
		}
		m.Parts = append(m.Parts, &remedyv1.Part{
			Kind: part.Kind, Basis: part.Basis, Contents: contents, Amount: moneyProto(part.Amount), FulfilTime: timestamp(part.FulfilTime),
			Cash: part.Cash, Coupon: coupon(part), Owner: part.Owner,
		})
	}
	return m, nil
}

// coupon is nil for what is none.
func coupon(p Part) *remedyv1.Coupon {
	if p.ExpireTime.IsZero() {
		return nil
	}
	return &remedyv1.Coupon{Threshold: moneyProto(p.Threshold), ExpireTime: timestamp(p.ExpireTime)}
}

// answered puts into a message what was told and answered, and how what was granted is looked at.
func (r *reader) answered(ctx context.Context, stored *Remedy, m *remedyv1.Remedy) (err error) {
	open := func(sealed []byte, place string) (text string) {
		if err == nil {
			text, err = r.text(ctx, stored.Customer, sealed, place)
		}
		return text
	}
	if offer := stored.Offer; offer.Teller != "" {
		m.Offer = &remedyv1.Offer{
			Version: stored.Revision, Teller: offer.Teller, Way: offer.Way, OfferTime: timestamp(offer.Time), AnswerTime: timestamp(offer.AnswerTime),
			Words: open(offer.Words, offerPlace(stored)), Reminded: offer.Reminded,
		}
	}
	if answer := stored.Answer; answer.State != 0 {
		m.Answer = &remedyv1.Answer{
			State: answer.State, Option: answer.Option, Words: open(answer.Words, answerPlace(stored)), Wanted: moneyProto(answer.Wanted),
			AnswerTime: timestamp(answer.Time), Actor: answer.Actor,
		}
		for _, owed := range answer.Owed {
			if owed.Promise != "" {
				m.Answer.Promises = append(m.Answer.Promises, owed.Promise)
			}
		}
	}
	if review := stored.Review; review.State != 0 {
		m.Review = &remedyv1.GrantReview{
			State: review.State, Reviewer: review.Reviewer, ReviewTime: timestamp(review.Time), Comment: open(review.Comment, reviewPlace(stored)),
		}
	}
	return err
}

// spent is what the parts cost that were done.
func (r *Rules) spent(stored *Remedy) Amount {
	var sum Amount
	taken, _ := stored.taken()
	for i, owed := range stored.Answer.Owed {
		if owed.State == Kept {
			sum = sum.Add(r.Of(taken.Parts[i].Amount))
		}
	}
	return sum
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
