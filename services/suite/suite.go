package suite

import (
	"errors"
	"slices"
)

// Roles are those that run here.
func (s *Suite) Roles() []Role { return s.cfg.Roles }

// HTTPAddress is where the REST edge listens; empty when the gateway does not run here.
func (s *Suite) HTTPAddress() string { return addressOf(s.deps.Listeners.http) }

// GRPCAddress is where the services listen; empty when none runs here.
func (s *Suite) GRPCAddress() string { return addressOf(s.deps.Listeners.grpc) }

// AdminAddress is where operators read metrics and health; empty when that is off.
func (s *Suite) AdminAddress() string { return addressOf(s.deps.Listeners.admin) }

// PauseDeliveries stops the relays from delivering events; accepting goes on. For tests and benchmarks.
func (s *Suite) PauseDeliveries() {
	for _, log := range s.logs {
		log.Pause()
	}
}

// ResumeDeliveries ends PauseDeliveries.
func (s *Suite) ResumeDeliveries() {
	for _, log := range s.logs {
		log.Resume()
	}
}

// Close lets go of what New opened, the last first. Call it after Run returned, or instead of Run.
func (s *Suite) Close() error {
	var failed []error
	for _, closeIt := range slices.Backward(s.closers) {
		failed = append(failed, closeIt())
	}
	s.closers = nil
	return errors.Join(failed...)
}

func (s *Suite) onClose(f func() error) { s.closers = append(s.closers, f) }
