/** Users and access control lists. */
import { defineCommand, defineHeader, type Header, optional } from '../header-schema.js';

export const CreateUserRequestHeader = defineHeader('CreateUserRequestHeader', {
  username: optional('string'),
});
export type CreateUserRequestHeader = Header<typeof CreateUserRequestHeader>;

export const AUTH_CREATE_USER = defineCommand({
  code: 3001,
  name: 'AUTH_CREATE_USER',
  to: ['broker'],
  request: CreateUserRequestHeader,
  doc: 'Creates a user.',
});

export const UpdateUserRequestHeader = defineHeader('UpdateUserRequestHeader', {
  username: optional('string'),
});
export type UpdateUserRequestHeader = Header<typeof UpdateUserRequestHeader>;

export const AUTH_UPDATE_USER = defineCommand({
  code: 3002,
  name: 'AUTH_UPDATE_USER',
  to: ['broker'],
  request: UpdateUserRequestHeader,
  doc: 'Changes a user.',
});

export const DeleteUserRequestHeader = defineHeader('DeleteUserRequestHeader', {
  username: optional('string'),
});
export type DeleteUserRequestHeader = Header<typeof DeleteUserRequestHeader>;

export const AUTH_DELETE_USER = defineCommand({
  code: 3003,
  name: 'AUTH_DELETE_USER',
  to: ['broker'],
  request: DeleteUserRequestHeader,
  doc: 'Deletes a user.',
});

export const GetUserRequestHeader = defineHeader('GetUserRequestHeader', {
  username: optional('string'),
});
export type GetUserRequestHeader = Header<typeof GetUserRequestHeader>;

export const AUTH_GET_USER = defineCommand({
  code: 3004,
  name: 'AUTH_GET_USER',
  to: ['broker'],
  request: GetUserRequestHeader,
  doc: 'Reads one user.',
});

export const ListUsersRequestHeader = defineHeader('ListUsersRequestHeader', {
  filter: optional('string', { doc: 'Part of the user name to look for.' }),
});
export type ListUsersRequestHeader = Header<typeof ListUsersRequestHeader>;

export const AUTH_LIST_USER = defineCommand({
  code: 3005,
  name: 'AUTH_LIST_USER',
  to: ['broker'],
  request: ListUsersRequestHeader,
  doc: 'Lists users.',
});

export const CreateAclRequestHeader = defineHeader('CreateAclRequestHeader', {
  subject: optional('string'),
});
export type CreateAclRequestHeader = Header<typeof CreateAclRequestHeader>;

export const AUTH_CREATE_ACL = defineCommand({
  code: 3006,
  name: 'AUTH_CREATE_ACL',
  to: ['broker'],
  request: CreateAclRequestHeader,
  doc: 'Gives a subject its policies.',
});

export const UpdateAclRequestHeader = defineHeader('UpdateAclRequestHeader', {
  subject: optional('string'),
});
export type UpdateAclRequestHeader = Header<typeof UpdateAclRequestHeader>;

export const AUTH_UPDATE_ACL = defineCommand({
  code: 3007,
  name: 'AUTH_UPDATE_ACL',
  to: ['broker'],
  request: UpdateAclRequestHeader,
  doc: 'Changes policies of a subject.',
});

export const DeleteAclRequestHeader = defineHeader('DeleteAclRequestHeader', {
  subject: optional('string'),
  policyType: optional('string', { doc: '`Custom` or `Default`.' }),
  resource: optional('string'),
});
export type DeleteAclRequestHeader = Header<typeof DeleteAclRequestHeader>;

export const AUTH_DELETE_ACL = defineCommand({
  code: 3008,
  name: 'AUTH_DELETE_ACL',
  to: ['broker'],
  request: DeleteAclRequestHeader,
  doc: 'Deletes policies of a subject.',
});

export const GetAclRequestHeader = defineHeader('GetAclRequestHeader', {
  subject: optional('string'),
});
export type GetAclRequestHeader = Header<typeof GetAclRequestHeader>;

export const AUTH_GET_ACL = defineCommand({
  code: 3009,
  name: 'AUTH_GET_ACL',
  to: ['broker'],
  request: GetAclRequestHeader,
  doc: 'Reads the policies of a subject.',
});

export const ListAclsRequestHeader = defineHeader('ListAclsRequestHeader', {
  subjectFilter: optional('string'),
  resourceFilter: optional('string'),
});
export type ListAclsRequestHeader = Header<typeof ListAclsRequestHeader>;

export const AUTH_LIST_ACL = defineCommand({
  code: 3010,
  name: 'AUTH_LIST_ACL',
  to: ['broker'],
  request: ListAclsRequestHeader,
  doc: 'Lists policies.',
});
