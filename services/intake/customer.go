package intake

import (
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/errs"
	"github.com/redress-dev/redress/services/internal/vault"
)

// normalize trims the ways to reach a customer and brings the telephone number
// into international form (E.164), reading it in the policy's region if it has
// no country code. An extension is not part of that form and is dropped. It
// answers PHONE_INVALID, or NOT_REACHABLE when no way is left.
func (c *Complainant) normalize(region string) error {
	c.DisplayName = strings.TrimSpace(c.DisplayName)
	c.Phone = strings.TrimSpace(c.Phone)
	c.Email = strings.TrimSpace(c.Email)
	c.CustomerID = strings.TrimSpace(c.CustomerID)
	if c.Phone != "" {
		var err error
		if c.Phone, err = phoneNumber("complainant.phone", c.Phone, region); err != nil {
			return err
		}
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "Local" {
		return invalid("complainant.time_zone", `must be the name of a time zone of the IANA database, such as "America/New_York"`)
	}
	if c.Phone == "" && c.Email == "" && c.CustomerID == "" {
		return errs.Invalid(intakev1.ErrorReason_NOT_REACHABLE.String(), "complainant",
			"At least one of phone, email and customer_id must remain, so that the customer can be reached.")
	}
	return nil
}

// phoneNumber is a telephone number in international form. Without a country code it is
// one of the region.
func phoneNumber(field, phone, region string) (string, error) {
	number, err := phonenumbers.Parse(phone, region)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", errs.Invalid(intakev1.ErrorReason_PHONE_INVALID.String(), field,
			"The telephone number is not valid in any country; write it with its country code, like +86 139 1234 5678.")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// lookups returns the keyed hashes under which the customer is found again
// (REC-6). The order is that of trust: where they belong to several customers,
// the first one decides. An e-mail address is compared without regard to case.
func (c *Complainant) lookups(keyring *vault.Keyring) [][]byte {
	var hashes [][]byte
	for _, way := range []struct{ kind, value string }{
		{"customer_id", c.CustomerID}, {"phone", c.Phone}, {"email", strings.ToLower(c.Email)},
	} {
		if way.value != "" {
			hashes = append(hashes, keyring.Lookup(way.kind, way.value))
		}
	}
	return hashes
}
