package suite

import (
	"context"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/review"
	reviewstore "github.com/redress-dev/redress/services/review/sqlstore"
)

// buildReview builds the service that keeps what is learned. It asks the owners of facts with an identity of its own.
func (s *Suite) buildReview(ctx context.Context) error {
	db, log, err := s.database(ctx, Review, reviewstore.Migrate)
	if err != nil {
		return err
	}
	owners, err := s.dialAs("services/review")
	if err != nil {
		return err
	}
	store := reviewstore.New(db, log)
	service, err := review.New(review.Config{}, review.Deps{
		Outcomes: store, Improvements: store, Reviews: store,
		Owners: review.Owners{
			Intake: intakev1.NewIntakeServiceClient(owners), IntakeLog: intakev1.NewEventLogServiceClient(owners),
			RoutingLog: routingv1.NewEventLogServiceClient(owners), Directory: routingv1.NewDirectoryServiceClient(owners),
			Remedies: remedyv1.NewRemedyServiceClient(owners), Ledger: remedyv1.NewLedgerServiceClient(owners),
			Followup: followupv1.NewFollowupServiceClient(owners),
		},
		Log: log, Policy: s.deps.Policy, Keys: s.dataKeys(), Now: s.deps.Now, IDs: s.ids, Pages: s.pages, Logger: s.deps.Logger,
	})
	if err != nil {
		return err
	}
	service.Register(s.grpc)
	return nil
}
