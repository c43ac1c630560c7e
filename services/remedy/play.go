package remedy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	"github.com/redress-dev/redress/services/internal/letter"
	"github.com/redress-dev/redress/services/internal/playbook"
	"github.com/redress-dev/redress/services/internal/policy"
)

// terms are what the policy says of all options.
type terms struct {
	// currency is the one of all amounts.
	currency string
	// most is how many options are suggested.
	most int
	// leads are the lead times, by kind.
	leads map[remedyv1.Option_Kind]*policyv1.LeadTime
	// zone is the firm's.
	zone *time.Location
}

func newTerms(p *policy.Policy) terms {
	t := terms{
		currency: p.Proto().GetRemedies().GetCurrency(), most: int(p.Proto().GetPlaybooks().GetSuggestMost()), zone: p.Hours().Zone(),
		leads: make(map[remedyv1.Option_Kind]*policyv1.LeadTime),
	}
	for _, lead := range p.Proto().GetRemedies().GetLeadTimes() {
		t.leads[kindOf(lead.GetKind())] = lead
	}
	return t
}

func kindOf(name string) remedyv1.Option_Kind {
	return remedyv1.Option_Kind(remedyv1.Option_Kind_value[name])
}

// option makes of a play what can be proposed as it is, but for amounts that only the case knows.
func (s *suggester) option(play playbook.Play, language string) *remedyv1.SuggestedOption {
	option := &remedyv1.Option{Play: play.Name}
	out := &remedyv1.SuggestedOption{Option: option, Alone: play.GetAlone(), Alternative: play.GetAlternative()}
	for i, written := range play.GetParts() {
		part := s.part(written, language)
		if i > 0 {
			option.Parts = append(option.Parts, part)
			continue
		}
		option.Kind, option.Basis, option.Contents = part.GetKind(), part.GetBasis(), part.GetContents()
		option.Amount, option.FulfilTime, option.Coupon = part.GetAmount(), part.GetFulfilTime(), part.GetCoupon()
		out.Wording = s.filled(play.GetWording()[language], written, part, language)
	}
	// Compensation is an exception, and what somebody is entitled to never (REM-3).
	option.Exceptional = slices.ContainsFunc(play.GetParts(), func(p *policyv1.PlayPart) bool { return p.GetBasis() == "FAULT" && costly(p) })
	return out
}

// part makes a part of an option.
func (s *suggester) part(written *policyv1.PlayPart, language string) *remedyv1.Part {
	part := &remedyv1.Part{
		Kind: kindOf(written.GetKind()), Basis: remedyv1.Option_Basis(remedyv1.Option_Basis_value[written.GetBasis()]),
		Amount: s.terms.money(written.GetAmount()),
	}
	if part.GetKind() == remedyv1.Option_COUPON {
		part.Coupon = &remedyv1.Coupon{
			Threshold: s.terms.money(written.GetCouponThreshold()), ExpireTime: timestamppb.New(s.now.Add(written.GetCouponValidity().AsDuration())),
		}
	}
	// As long as the lead time holds, the time counts from the customer's yes; another one is named.
	if within := written.GetWithin().AsDuration(); within > 0 && within != s.terms.leads[part.GetKind()].GetWithin().AsDuration() {
		part.FulfilTime = timestamppb.New(s.now.Add(within))
	}
	part.Contents = s.filled(written.GetContents()[language], written, part, language)
	return part
}

// filled puts amounts and times into words.
func (s *suggester) filled(text string, written *policyv1.PlayPart, part *remedyv1.Part, language string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	says := wordsIn(language)
	when := says.yes(s.terms.leads[part.GetKind()].GetWithin().AsDuration())
	if part.GetFulfilTime() != nil {
		when = says.at(letter.When(language, part.GetFulfilTime().AsTime(), s.terms.zone))
	}
	until := says.day(part.GetCoupon().GetExpireTime().AsTime().In(s.terms.zone))
	return strings.NewReplacer(
		"{due}", when, "{until}", until,
		"{amount}", says.money(written.GetAmount(), s.terms.currency), "{threshold}", says.money(written.GetCouponThreshold(), s.terms.currency),
	).Replace(text)
}

// money reads an amount of the policy, which checks its form; nil for none.
func (t terms) money(amount string) *money.Money {
	if amount == "" {
		return nil
	}
	whole, fraction, _ := strings.Cut(amount, ".")
	units, _ := strconv.ParseInt(whole, 10, 64)
	nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 32)
	return &money.Money{CurrencyCode: t.currency, Units: units, Nanos: int32(nanos)}
}
