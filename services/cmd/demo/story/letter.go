package story

import (
	"context"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
)

// letter writes what the customer was told once more. The text that was sent is sealed and no method reads it; but it is the
// policy's letter, which the server fills in again.
func (s *stage) letter(ctx context.Context) (string, error) {
	var draft intakev1.Draft
	err := s.post(ctx, observer, ":draft", &intakev1.WriteDraftRequest{Template: "acknowledgement"}, &draft)
	return draft.GetText(), err
}
