package intake

import (
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	"github.com/redress-dev/redress/services/internal/auth"
)

// seesPersonalData tells whether a caller's work needs personal data (API-4).
func seesPersonalData(caller auth.Identity) bool {
	return caller.Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE, authv1.Role_SERVICE)
}

// masked leaves only what tells two customers apart at a glance.
func (c Complainant) masked() Complainant {
	c.DisplayName = maskTail(c.DisplayName)
	c.Phone = maskPhone(c.Phone)
	if c.Email != "" {
		c.Email = maskTail(c.Email) + "@…"
	}
	if c.CustomerID != "" {
		c.CustomerID = stars
	}
	return c
}

// masked hides all words; amounts and kinds stay.
func (f Filing) masked() Filing {
	demands := make([]Demand, len(f.Demands))
	for i, demand := range f.Demands {
		demands[i] = Demand{Kind: demand.Kind, Amount: demand.Amount}
	}
	return Filing{
		Demands: demands, Forwarding: Forwarding{Authority: f.Forwarding.Authority},
		Origin: Origin{Import: f.Origin.Import, Source: f.Origin.Source},
	}
}

// masked hides all words but the owners' objections, which are ours; amounts stay.
func (d Details) masked() Details {
	return Details{Complainant: d.Complainant.masked(), Objections: d.Objections, FurtherDemanded: d.FurtherDemanded, HeldAnswer: d.HeldAnswer}
}

const stars = "***"

// maskTail keeps the first character: "王***".
func maskTail(text string) string {
	if text == "" {
		return ""
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size] + stars
}

// maskPhone keeps the country code and the last four digits of a number in
// international form: "+86*******5678".
func maskPhone(phone string) string {
	const kept = 4
	if phone == "" {
		return ""
	}
	number, err := phonenumbers.Parse(phone, "")
	if err != nil {
		return stars
	}
	code := phonenumbers.Format(number, phonenumbers.E164)
	national := phonenumbers.GetNationalSignificantNumber(number)
	code = strings.TrimSuffix(code, national)
	if len(national) <= kept {
		return code + stars
	}
	return code + strings.Repeat("*", len(national)-kept) + national[len(national)-kept:]
}
