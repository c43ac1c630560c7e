package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func (f *fixture) record(complaint string) *intakev1.Record {
	f.t.Helper()
	record, err := f.records.GetRecord(f.t.Context(), &intakev1.GetRecordRequest{Name: complaint + "/record"})
	require.NoError(f.t, err)
	return record
}

// Nothing is resolved with a request within the complaint open, whichever was forgotten (REC-3).
func TestItemsAreTrackedToDone(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-3")
	f := newFixture(t)
	req := request()
	req.Items = []string{"取消短信通知服务", "更换预留手机号"}
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	require.EqualValues(t, 2, c.GetOpenItemCount())
	require.Equal(t, []string{"complaint_received", "item_changed", "item_changed"}, f.types(c.GetName()))
	added, err := f.records.CreateItem(t.Context(), &intakev1.CreateItemRequest{Parent: c.GetName(), Item: &intakev1.Item{
		Text: "道歉", State: intakev1.Item_DONE, Outcome: "ignored",
	}})
	require.NoError(t, err)
	require.Equal(t, intakev1.Item_OPEN, added.GetState(), "a new request is open")
	require.Empty(t, added.GetOutcome())
	require.Regexp(t, "^"+c.GetName()+"/items/[0-9a-z]{26}$", added.GetName())

	items := f.record(c.GetName()).GetItems()
	require.Len(t, items, 3)
	require.Equal(t, "取消短信通知服务", items[0].GetText())
	for i, item := range items {
		_, err := f.agent.ResolveComplaint(t.Context(), resolution(c.GetName()))
		refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_ITEMS_OPEN)
		rpctest.RequireMetadata(t, err, "open_item_count", string(rune('0'+3-i)))
		state := intakev1.Item_DONE
		if i == 2 {
			state = intakev1.Item_DROPPED
		}
		_, err = f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{Item: &intakev1.Item{Name: item.GetName(), State: state}})
		rpctest.RequireField(t, err, "item.outcome")
		done, err := f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{
			Item: &intakev1.Item{Name: item.GetName(), State: state, Outcome: "已办理"},
		})
		require.NoError(t, err)
		require.Equal(t, state, done.GetState())
		require.Equal(t, item.GetText(), done.GetText())
	}
	again, err := f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{Item: &intakev1.Item{
		Name: items[1].GetName(), State: intakev1.Item_OPEN,
	}})
	require.NoError(t, err)
	require.Empty(t, again.GetOutcome())
	require.EqualValues(t, 1, f.get(c.GetName()).GetOpenItemCount())
	_, err = f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{Item: &intakev1.Item{
		Name: items[1].GetName(), State: intakev1.Item_DONE, Outcome: "已更换",
	}})
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_RESOLVING, f.resolve(c.GetName()).GetState())
	_, err = f.records.CreateItem(t.Context(), &intakev1.CreateItemRequest{Parent: c.GetName(), Item: &intakev1.Item{Text: "x"}})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_STATE_FORBIDS)
}

func resolution(name string) *intakev1.ResolveComplaintRequest {
	return &intakev1.ResolveComplaintRequest{Name: name, Outcome: intakev1.Complaint_EXPLAINED, Resolution: "已说明"}
}

// Flags have a necessity and an end, and are no longer shown after it (REC-7).
func TestFlagsExpire(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-7")
	f := newFixture(t)
	c := f.file()
	life := f.policy.Proto().GetRecord().GetFlagLife().AsDuration()
	create := func(flag *intakev1.Flag) (*intakev1.Flag, error) {
		return f.records.CreateFlag(t.Context(), &intakev1.CreateFlagRequest{Parent: c.GetName(), Flag: flag})
	}
	whole, err := create(&intakev1.Flag{Kind: intakev1.Flag_BEREAVEMENT, Necessity: "先致以慰问"})
	require.NoError(t, err)
	requireSame(t, timestamppb.New(f.now().Add(life)), whole.GetExpireTime())
	short, err := create(&intakev1.Flag{Kind: intakev1.Flag_ILLNESS, Necessity: "住院到周五", ExpireTime: timestamppb.New(f.now().Add(time.Hour))})
	require.NoError(t, err)
	_, err = create(&intakev1.Flag{Kind: intakev1.Flag_OTHER, Necessity: "x", ExpireTime: timestamppb.New(f.now().Add(life + time.Second))})
	rpctest.RequireField(t, err, "flag.expire_time")
	_, err = create(&intakev1.Flag{Kind: intakev1.Flag_OTHER, Necessity: " "})
	rpctest.RequireField(t, err, "flag.necessity")
	require.Len(t, f.record(c.GetName()).GetFlags(), 2)
	f.pass(time.Hour)
	flags := f.record(c.GetName()).GetFlags()
	require.Len(t, flags, 1)
	requireSame(t, whole, flags[0])
	_, err = f.records.UpdateFlag(t.Context(), &intakev1.UpdateFlagRequest{
		Flag:       &intakev1.Flag{Name: whole.GetName(), ExpireTime: timestamppb.New(f.now())},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"expire_time"}},
	})
	require.NoError(t, err)
	require.Empty(t, f.record(c.GetName()).GetFlags(), "ended before its time")
	_, err = f.records.UpdateFlag(t.Context(), &intakev1.UpdateFlagRequest{
		Flag: &intakev1.Flag{Name: short.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"kind"}},
	})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_FIELD_NOT_UPDATABLE.String())
}

func TestRepresentativesAndVerification(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-7")
	f := newFixture(t)
	c, other := f.file(), f.file()
	heir, err := f.records.CreateRepresentative(t.Context(), &intakev1.CreateRepresentativeRequest{
		Parent: c.GetName(), Representative: &intakev1.Representative{
			DisplayName: "王小红", Basis: intakev1.Representative_HEIR, Evidence: "公证书", State: intakev1.Representative_REVOKED,
		},
	})
	require.NoError(t, err)
	require.Equal(t, intakev1.Representative_ACTIVE, heir.GetState())
	verify := func(parent, who string) (*intakev1.Verification, error) {
		return f.records.CreateVerification(t.Context(), &intakev1.CreateVerificationRequest{
			Parent: parent, Verification: &intakev1.Verification{
				Method: intakev1.Verification_DOCUMENT, Result: intakev1.Verification_PASSED, Representative: who,
			},
		})
	}
	for _, who := range []string{"", heir.GetName()} {
		verified, err := verify(c.GetName(), who)
		require.NoError(t, err)
		require.Equal(t, "agents/lin", verified.GetActor())
	}
	_, err = verify(other.GetName(), heir.GetName())
	rpctest.RequireField(t, err, "verification.representative")
	_, err = verify(c.GetName(), c.GetName()+"/representatives/nobody")
	rpctest.RequireField(t, err, "verification.representative")
	require.Len(t, f.record(c.GetName()).GetVerifications(), 2)
	revoked, err := f.records.UpdateRepresentative(t.Context(), &intakev1.UpdateRepresentativeRequest{
		Representative: &intakev1.Representative{Name: heir.GetName(), State: intakev1.Representative_REVOKED},
	})
	require.NoError(t, err)
	require.Equal(t, "王小红", revoked.GetDisplayName())
	require.Equal(t, intakev1.Representative_REVOKED, f.record(c.GetName()).GetRepresentatives()[0].GetState())
}

// Two answers to one question are flagged on both (REC-9).
func TestContradictionsAreFlagged(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9")
	f := newFixture(t)
	c := f.file()
	tell := func(subject, value, speaker string) *intakev1.StatedFact {
		t.Helper()
		fact, err := f.records.CreateFact(t.Context(), &intakev1.CreateFactRequest{Parent: c.GetName(), Fact: &intakev1.StatedFact{
			Kind: intakev1.StatedFact_FEE, Text: "取消要" + value, Subject: subject, Value: value, Speaker: speaker,
			Contradicts: []string{"forged"},
		}})
		require.NoError(t, err)
		return fact
	}
	free := tell("Cancellation fee", "0 CNY", "门店")
	require.Empty(t, free.GetContradicts())
	same := tell(" cancellation FEE ", "0CNY", "agents/chen")
	require.Empty(t, same.GetContradicts(), "the same in other words")
	tell("late fee", "5 CNY", "agents/chen")
	dear := tell("cancellation fee", "200 CNY", "agents/lin")
	require.Equal(t, []string{free.GetName(), same.GetName()}, dear.GetContradicts())
	for _, fact := range f.record(c.GetName()).GetFacts() {
		switch fact.GetName() {
		case free.GetName(), same.GetName():
			require.Equal(t, []string{dear.GetName()}, fact.GetContradicts())
		case dear.GetName():
		default:
			require.Empty(t, fact.GetContradicts())
		}
	}
	_, err := f.records.CreateFact(t.Context(), &intakev1.CreateFactRequest{Parent: c.GetName(), Fact: &intakev1.StatedFact{
		Kind: intakev1.StatedFact_DATE, Text: "x", Subject: "x", Value: "x", Speaker: "x", StateTime: timestamppb.New(f.now().Add(time.Hour)),
	}})
	rpctest.RequireField(t, err, "fact.state_time")
}

func TestAllegedPromisesAreVerifiedOrRefuted(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-9")
	f := newFixture(t)
	c := f.file()
	promise, err := f.records.CreateAllegedPromise(t.Context(), &intakev1.CreateAllegedPromiseRequest{
		Parent: c.GetName(), AllegedPromise: &intakev1.AllegedPromise{
			Text: "你们之前说24小时发货", State: intakev1.AllegedPromise_VERIFIED, Evidence: "forged",
		},
	})
	require.NoError(t, err)
	require.Equal(t, intakev1.AllegedPromise_ALLEGED, promise.GetState())
	update := func(state intakev1.AllegedPromise_State, evidence string) (*intakev1.AllegedPromise, error) {
		return f.records.UpdateAllegedPromise(t.Context(), &intakev1.UpdateAllegedPromiseRequest{
			AllegedPromise: &intakev1.AllegedPromise{Name: promise.GetName(), State: state, Evidence: evidence},
		})
	}
	_, err = update(intakev1.AllegedPromise_VERIFIED, "")
	rpctest.RequireField(t, err, "alleged_promise.evidence")
	_, err = update(intakev1.AllegedPromise_ALLEGED, "x")
	rpctest.RequireField(t, err, "alleged_promise.state")
	_, err = update(intakev1.AllegedPromise_VERIFIED, "…")
	rpctest.RequireField(t, err, "alleged_promise.evidence")
	verified, err := update(intakev1.AllegedPromise_VERIFIED, "聊天记录 3 月 1 日")
	require.NoError(t, err)
	_, err = update(intakev1.AllegedPromise_REFUTED, "")
	rpctest.RequireField(t, err, "alleged_promise.evidence")
	require.Equal(t, promise.GetText(), verified.GetText())
	require.Equal(t, intakev1.AllegedPromise_VERIFIED, f.record(c.GetName()).GetAllegedPromises()[0].GetState())
}

// A remedy may be offered once the restatement is confirmed, or somebody says why it could not be (REC-4).
func TestUnderstanding(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-2", "REC-4")
	f := newFixture(t)
	c := f.file()
	update := func(u *intakev1.Understanding) (*intakev1.Understanding, error) {
		return f.records.UpdateUnderstanding(t.Context(), &intakev1.UpdateUnderstandingRequest{Parent: c.GetName(), Understanding: u})
	}
	settled := func() bool {
		payloads := f.payloads(c.GetName())
		for i := len(payloads) - 1; i >= 0; i-- {
			if u := payloads[i].GetUnderstandingChanged(); u != nil {
				return u.GetRestatementSettled()
			}
		}
		return false
	}
	_, err := update(&intakev1.Understanding{Feeling: "让您久等了，换作是我也会着急。", RealNeed: "想先停用，不是要取消"})
	require.NoError(t, err)
	require.False(t, settled())
	_, err = update(&intakev1.Understanding{RestatementConfirmation: intakev1.Understanding_CONFIRMED})
	rpctest.RequireField(t, err, "understanding.restatement")
	_, err = update(&intakev1.Understanding{RestatementConfirmation: intakev1.Understanding_NOT_OBTAINED})
	rpctest.RequireField(t, err, "understanding.restatement_reason")
	_, err = update(&intakev1.Understanding{Restatement: "您要退 200 元，对吗？", RestatementConfirmation: intakev1.Understanding_CORRECTED})
	require.NoError(t, err)
	require.False(t, settled(), "the customer said: not quite")
	f.pass(time.Minute)
	_, err = update(&intakev1.Understanding{Restatement: "您要一共退 500 元，对吗？", RestatementConfirmation: intakev1.Understanding_CONFIRMED})
	require.NoError(t, err)
	require.True(t, settled())
	u := f.record(c.GetName()).GetUnderstanding()
	require.Equal(t, "您要一共退 500 元，对吗？", u.GetRestatement())
	require.Equal(t, "想先停用，不是要取消", u.GetRealNeed(), "what is not sent stays")
	require.Equal(t, "agents/lin", u.GetActor())
	requireSame(t, timestamppb.New(f.now()), u.GetUpdateTime())
	_, err = update(&intakev1.Understanding{RestatementConfirmation: intakev1.Understanding_NOT_OBTAINED, RestatementReason: "来信没有留电话"})
	require.NoError(t, err)
	require.True(t, settled())
}

// The regulator's own duty is told, and its answer recorded once (REC-1).
func TestForwardedComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	req := request()
	due := timestamppb.New(f.now().Add(10 * 24 * time.Hour))
	req.Forwarding = &intakev1.Forwarding{Authority: "市场监督管理局", Reference: "12315-2026-77", ReplyDueTime: due}
	_, err := f.agent.CreateComplaint(t.Context(), req)
	rpctest.RequireField(t, err, "forwarding")
	alone := request()
	alone.Channel = intakev1.Complaint_FORWARDED
	_, err = f.agent.CreateComplaint(t.Context(), alone)
	rpctest.RequireField(t, err, "forwarding")
	req.Channel = intakev1.Complaint_FORWARDED
	req.Forwarding.ReplyDueTime = timestamppb.New(f.now())
	_, err = f.agent.CreateComplaint(t.Context(), req)
	rpctest.RequireField(t, err, "forwarding.reply_due_time")
	req.Forwarding.ReplyDueTime = due
	c, err := f.agent.CreateComplaint(t.Context(), req)
	require.NoError(t, err)
	requireSame(t, req.GetForwarding(), c.GetForwarding())
	requireSame(t, due, f.payloads(c.GetName())[0].GetComplaintReceived().GetAuthorityReplyDueTime())

	answer := &intakev1.AnswerAuthorityRequest{Name: c.GetName(), Proof: "回执 88"}
	answer.AnswerTime = timestamppb.New(f.now().Add(time.Hour))
	_, err = f.records.AnswerAuthority(t.Context(), answer)
	rpctest.RequireField(t, err, "answer_time")
	f.pass(time.Hour)
	for range 2 {
		f.pass(4 * time.Minute) // What is on record is answered again, however long ago it was.
		c, err = f.records.AnswerAuthority(t.Context(), answer)
		require.NoError(t, err)
		requireSame(t, answer.GetAnswerTime(), c.GetForwarding().GetAnswerTime())
	}
	require.Equal(t, []string{"complaint_received", "authority_answered"}, f.types(c.GetName()))
	_, err = f.records.AnswerAuthority(t.Context(), &intakev1.AnswerAuthorityRequest{Name: f.file().GetName(), Proof: "x"})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_NOT_FORWARDED)
}

// Internal notes are many, in order, and apart from what the customer said (REC-1). The same command makes one.
func TestNotes(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1", "API-1")
	f := newFixture(t)
	c := f.file()
	note := &intakev1.CreateNoteRequest{Parent: c.GetName(), Note: &intakev1.Note{Text: "查过仓库，货在途中。", Actor: "agents/forged"}}
	ctx := rpctest.WithKey(t.Context(), "note-1")
	first, err := f.records.CreateNote(ctx, note)
	require.NoError(t, err)
	require.Equal(t, "agents/lin", first.GetActor())
	again, err := f.records.CreateNote(ctx, note)
	require.NoError(t, err)
	requireSame(t, first, again)
	_, err = f.records.CreateNote(ctx, &intakev1.CreateNoteRequest{Parent: c.GetName(), Note: &intakev1.Note{Text: "other"}})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String())
	require.Len(t, f.record(c.GetName()).GetNotes(), 1)
	require.Empty(t, f.get(c.GetName()).GetNotes())

	public := intakev1.NewRecordServiceClient(f.harness.Conn("frontends/web", authv1.Role_PUBLIC))
	_, err = public.GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: c.GetName() + "/record"})
	require.Error(t, err, "customers never see notes")
	auditor := intakev1.NewRecordServiceClient(f.harness.Conn("agents/ada", authv1.Role_AUDITOR))
	masked, err := auditor.GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: c.GetName() + "/record"})
	require.NoError(t, err)
	require.Len(t, masked.GetNotes(), 1)
	require.Empty(t, masked.GetNotes()[0].GetText())
	require.Equal(t, "agents/lin", masked.GetNotes()[0].GetActor())
}

func TestRecordOfNobody(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	note := &intakev1.Note{Text: "x"}
	_, err := f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: nobody, Note: note})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	_, err = f.records.GetRecord(t.Context(), &intakev1.GetRecordRequest{Name: nobody + "/record"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
	for _, id := range []string{"nothing", "00000000000000000000000000"} {
		_, err = f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{Item: &intakev1.Item{
			Name: c.GetName() + "/items/" + id, State: intakev1.Item_DONE, Outcome: "x",
		}})
		refused(t, err, codes.NotFound, intakev1.ErrorReason_ENTRY_NOT_FOUND)
	}
	_, err = f.records.UpdateItem(t.Context(), &intakev1.UpdateItemRequest{Item: &intakev1.Item{Name: c.GetName(), State: intakev1.Item_DONE}})
	rpctest.RequireField(t, err, "item.name")

	limit := int(f.policy.Proto().GetRecord().GetMaxEntries())
	for range limit {
		_, err := f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: c.GetName(), Note: note})
		require.NoError(t, err)
	}
	_, err = f.records.CreateNote(t.Context(), &intakev1.CreateNoteRequest{Parent: c.GetName(), Note: note})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RECORD_FULL)

	// Where the key was destroyed, what is on record has no words, and none can be added.
	f.erase(c.GetCustomer())
	record := f.record(c.GetName())
	require.Len(t, record.GetNotes(), limit)
	require.Empty(t, record.GetNotes()[0].GetText())
	_, err = f.records.CreateItem(t.Context(), &intakev1.CreateItemRequest{Parent: c.GetName(), Item: &intakev1.Item{Text: "x"}})
	refused(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND)
}
