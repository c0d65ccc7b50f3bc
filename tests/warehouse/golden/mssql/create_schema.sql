CREATE SCHEMA [sta ging]
