package remedy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestTheSameTwiceIsNoChoice, whatever it is called; what differs for the customer is one (REM-1).
func TestTheSameTwiceIsNoChoice(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-1")
	w := newWorld(t)
	complaint := w.receive()
	coupon := &remedyv1.Option{
		Kind: remedyv1.Option_COUPON, Basis: remedyv1.Option_GOODWILL, Contents: "A coupon, with you today", Amount: cny(20),
		Parts: []*remedyv1.Part{{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_GOODWILL, Contents: "we are sorry"}},
	}
	other := &remedyv1.Option{Kind: remedyv1.Option_APOLOGY, Basis: remedyv1.Option_GOODWILL, Contents: "we are sorry"}
	expire := timestamppb.New(w.now.Add(720 * time.Hour))
	propose := func(change func(*remedyv1.Option)) error {
		second := proto.CloneOf(coupon)
		change(second)
		_, err := w.create(t.Context(), complaint, &remedyv1.Remedy{Options: []*remedyv1.Option{coupon, other, second}})
		return err
	}
	for name, change := range map[string]func(*remedyv1.Option){
		"itself":             func(*remedyv1.Option) {},
		"other spaces":       func(o *remedyv1.Option) { o.Contents = " a COUPON,  with you today " },
		"other signs":        func(o *remedyv1.Option) { o.Contents = "A coupon: with you today!" },
		"wide letters":       func(o *remedyv1.Option) { o.Contents = "A coupon, with you ｔｏｄａｙ。" },
		"a zero-width space": func(o *remedyv1.Option) { o.Contents = "A cou\u200bpon, with you today" },
		"another owner":      func(o *remedyv1.Option) { o.Owner = "agents/wu" },
		"on another base":    func(o *remedyv1.Option) { o.Parts[0].Basis = remedyv1.Option_FAULT },
		"another order": func(o *remedyv1.Option) {
			o.Parts[0] = &remedyv1.Part{Kind: o.GetKind(), Basis: o.GetBasis(), Contents: o.GetContents(), Amount: o.GetAmount()}
			o.Kind, o.Contents, o.Amount = remedyv1.Option_APOLOGY, "we are sorry", nil
		},
	} {
		err := propose(change)
		rpctest.RequireReason(t, err, codes.InvalidArgument, remedyv1.ErrorReason_OPTIONS_ALIKE.String())
		require.Equal(t, map[string]string{"option": "3", "same": "1"}, metadataOf(t, err), name)
	}
	require.Zero(t, w.count(complaint, "remedy_proposed"))
	for name, change := range map[string]func(*remedyv1.Option){
		"less":    func(o *remedyv1.Option) { o.Amount = cny(10) },
		"later":   func(o *remedyv1.Option) { o.FulfilTime = timestamppb.New(w.now.Add(72 * time.Hour)) },
		"a point": func(o *remedyv1.Option) { o.Contents += ", 1.5 GB" },
		"words":   func(o *remedyv1.Option) { o.Contents = "a coupon, by post" },
		"kind":    func(o *remedyv1.Option) { o.Kind = remedyv1.Option_GIFT },
		"no more": func(o *remedyv1.Option) { o.Parts = nil },
		"coupon":  func(o *remedyv1.Option) { o.Coupon = &remedyv1.Coupon{Threshold: cny(500), ExpireTime: expire} },
	} {
		require.NoError(t, propose(change), name)
	}
}

// TestAmountsThatAreTooLarge are refused for that, not for their nanos.
func TestAmountsThatAreTooLarge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	complaint := w.receive()
	for units, want := range map[int64]string{1_000_000_000_001: "1000000000000 at most", -1: "must not be negative"} {
		r := small()
		r.Options[0].Amount = cny(units)
		_, err := w.create(t.Context(), complaint, r)
		require.Equal(t, codes.InvalidArgument, codeOf(err))
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "nanos")
	}
	r := small()
	r.Options[0].Amount.Nanos = -1
	_, err := w.create(t.Context(), complaint, r)
	require.ErrorContains(t, err, "nanos must lie between")
}
