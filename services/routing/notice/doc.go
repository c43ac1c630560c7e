// Package notice words what the firm's own people are told, in their language. Channels hand it over (services/internal/channel). A notice
// holds no customer's words.
package notice
